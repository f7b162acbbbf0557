using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace CircuitGrid.Grains.Sqlite;

/// <summary>Orleans' membership table in a <see cref="ClusterFile"/>.</summary>
internal sealed class SqliteMembershipTable(ClusterFiles files, IOptions<SqliteClusteringOptions> options, IOptions<ClusterOptions> cluster) : IMembershipTable
{
    private const string Columns = "address, status, suspicions, proxy_port, host, name, role, update_zone, fault_zone, started, alive, etag";

    private readonly string clusterId = cluster.Value.ClusterId;

    private ClusterFile File => files.Open(options.Value.Path);

    public Task InitializeMembershipTable(bool tryInitTableVersion) => Write(file => tryInitTableVersion
        && file.Execute("INSERT OR IGNORE INTO versions VALUES ($cluster, 0, $etag)", ("$cluster", clusterId), ("$etag", ClusterFile.NewETag())) > 0);

    public Task DeleteMembershipTableEntries(string clusterId) => Write(file =>
        file.Execute("DELETE FROM silos WHERE cluster = $cluster", ("$cluster", clusterId))
        + file.Execute("DELETE FROM versions WHERE cluster = $cluster", ("$cluster", clusterId)));

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Write(file => file.Execute(
        "DELETE FROM silos WHERE cluster = $cluster AND status = $dead AND max(started, alive) < $before",
        ("$cluster", clusterId),
        ("$dead", (int)SiloStatus.Dead),
        ("$before", beforeDate.UtcTicks)));

    public Task<MembershipTableData> ReadRow(SiloAddress key) => Read("AND address = $address", ("$address", key.ToParsableString()));

    public Task<MembershipTableData> ReadAll() => Read("");

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => Write(file =>
        HasVersion(file, tableVersion)
        && file.Execute(
            """
            INSERT OR IGNORE INTO silos (cluster, address, status, suspicions, proxy_port, host, name, role, update_zone, fault_zone, started, alive, etag)
            VALUES ($cluster, $address, $status, $suspicions, $port, $host, $name, $role, $update, $fault, $started, $alive, $etag)
            """,
            Parameters(entry)) == 1
        && Advance(file, tableVersion));

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => Write(file =>
        HasVersion(file, tableVersion)
        && file.Execute(
            """
            UPDATE silos SET status = $status, suspicions = $suspicions, proxy_port = $port, host = $host, name = $name, role = $role,
                update_zone = $update, fault_zone = $fault, started = $started, alive = $alive, etag = $etag
            WHERE cluster = $cluster AND address = $address AND etag = $expected
            """,
            [.. Parameters(entry), ("$expected", etag)]) == 1
        && Advance(file, tableVersion));

    public Task UpdateIAmAlive(MembershipEntry entry) => Write(file => file.Execute(
        "UPDATE silos SET alive = $alive WHERE cluster = $cluster AND address = $address",
        ("$alive", entry.IAmAliveTime.Ticks),
        ("$cluster", clusterId),
        ("$address", entry.SiloAddress.ToParsableString())));

    private Task<T> Write<T>(Func<ClusterFile, T> action)
    {
        var file = File;
        return file.RunAsync(() => action(file), writes: true);
    }

    private Task<MembershipTableData> Read(string condition, params (string Name, object? Value)[] parameters)
    {
        var file = File;
        return file.RunAsync(
            () =>
            {
                using var command = file.Command(
                    $"SELECT {Columns} FROM silos WHERE cluster = $cluster {condition}",
                    [("$cluster", clusterId), .. parameters]);
                using var row = command.ExecuteReader();
                var entries = new List<Tuple<MembershipEntry, string>>();
                while (row.Read())
                {
                    entries.Add(Tuple.Create(EntryOf(row), row.GetString(11)));
                }

                return new MembershipTableData(entries, VersionOf(file));
            },
            writes: false);
    }

    private TableVersion VersionOf(ClusterFile file)
    {
        using var command = file.Command("SELECT version, etag FROM versions WHERE cluster = $cluster", ("$cluster", clusterId));
        using var row = command.ExecuteReader();
        return row.Read() ? new(row.GetInt32(0), row.GetString(1)) : new(0, "");
    }

    /// <summary>Whether the table is as its writer last read it; a table that was never initialised, or deleted, can't be written.</summary>
    private bool HasVersion(ClusterFile file, TableVersion next) =>
        VersionOf(file).VersionEtag is { Length: > 0 } etag && string.Equals(etag, next.VersionEtag, StringComparison.Ordinal);

    private bool Advance(ClusterFile file, TableVersion next) => file.Execute(
        "UPDATE versions SET version = $version, etag = $etag WHERE cluster = $cluster AND etag = $expected",
        ("$version", next.Version),
        ("$etag", ClusterFile.NewETag()),
        ("$cluster", clusterId),
        ("$expected", next.VersionEtag)) == 1;

    private (string Name, object? Value)[] Parameters(MembershipEntry entry) =>
    [
        ("$cluster", clusterId),
        ("$address", entry.SiloAddress.ToParsableString()),
        ("$status", (int)entry.Status),
        ("$suspicions", string.Join(';', (entry.SuspectTimes ?? []).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Item1.ToParsableString()}={s.Item2.Ticks}")))),
        ("$port", entry.ProxyPort),
        ("$host", entry.HostName ?? ""),
        ("$name", entry.SiloName ?? ""),
        ("$role", entry.RoleName),
        ("$update", entry.UpdateZone),
        ("$fault", entry.FaultZone),
        ("$started", entry.StartTime.Ticks),
        ("$alive", entry.IAmAliveTime.Ticks),
        ("$etag", ClusterFile.NewETag()),
    ];

    private static MembershipEntry EntryOf(SqliteDataReader row) => new()
    {
        SiloAddress = SiloAddress.FromParsableString(row.GetString(0)),
        Status = (SiloStatus)row.GetInt32(1),
        SuspectTimes = [.. row.GetString(2).Split(';', StringSplitOptions.RemoveEmptyEntries).Select(SuspicionOf)],
        ProxyPort = row.GetInt32(3),
        HostName = row.GetString(4),
        SiloName = row.GetString(5),
        RoleName = row.IsDBNull(6) ? null : row.GetString(6),
        UpdateZone = row.GetInt32(7),
        FaultZone = row.GetInt32(8),
        StartTime = new(row.GetInt64(9), DateTimeKind.Utc),
        IAmAliveTime = new(row.GetInt64(10), DateTimeKind.Utc),
    };

    private static Tuple<SiloAddress, DateTime> SuspicionOf(string text)
    {
        var at = text.LastIndexOf('=');
        return Tuple.Create(SiloAddress.FromParsableString(text[..at]), new DateTime(long.Parse(text.AsSpan(at + 1), CultureInfo.InvariantCulture), DateTimeKind.Utc));
    }
}
