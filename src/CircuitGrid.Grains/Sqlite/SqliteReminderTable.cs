using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace CircuitGrid.Grains.Sqlite;

/// <summary>Orleans' reminder table in a <see cref="ClusterFile"/>.</summary>
internal sealed class SqliteReminderTable(ClusterFiles files, IOptions<SqliteReminderOptions> options, IOptions<ClusterOptions> cluster) : IReminderTable
{
    private const string Select = "SELECT grain, name, start, period, etag FROM reminders WHERE service = $service AND ";

    private readonly string service = cluster.Value.ServiceId;

    private ClusterFile File => files.Open(options.Value.Path);

    public async Task<ReminderTableData> ReadRows(GrainId grainId) =>
        new(await Read("grain = $grain", ("$grain", grainId.ToString())).ConfigureAwait(false));

    public async Task<ReminderTableData> ReadRows(uint begin, uint end) => new(await Read(
        begin < end ? "hash > $begin AND hash <= $end" : "(hash > $begin OR hash <= $end)",
        ("$begin", (long)begin),
        ("$end", (long)end)).ConfigureAwait(false));

    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        (await Read("grain = $grain AND name = $name", ("$grain", grainId.ToString()), ("$name", reminderName)).ConfigureAwait(false)).SingleOrDefault();

    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        var etag = ClusterFile.NewETag();
        var file = File;
        await file.RunAsync(
            () => file.Execute(
                "INSERT OR REPLACE INTO reminders VALUES ($service, $grain, $name, $hash, $start, $period, $etag)",
                ("$service", service),
                ("$grain", entry.GrainId.ToString()),
                ("$name", entry.ReminderName),
                ("$hash", (long)entry.GrainId.GetUniformHashCode()),
                ("$start", entry.StartAt.Ticks),
                ("$period", entry.Period.Ticks),
                ("$etag", etag)),
            writes: true).ConfigureAwait(false);
        return etag;
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        var file = File;
        return file.RunAsync(
            () => file.Execute(
                "DELETE FROM reminders WHERE service = $service AND grain = $grain AND name = $name AND etag = $etag",
                ("$service", service),
                ("$grain", grainId.ToString()),
                ("$name", reminderName),
                ("$etag", eTag)) == 1,
            writes: true);
    }

    public Task TestOnlyClearTable()
    {
        var file = File;
        return file.RunAsync(() => file.Execute("DELETE FROM reminders WHERE service = $service", ("$service", service)), writes: true);
    }

    private Task<List<ReminderEntry>> Read(string condition, params (string Name, object? Value)[] parameters)
    {
        var file = File;
        return file.RunAsync(
            () =>
            {
                using var command = file.Command(Select + condition, [("$service", service), .. parameters]);
                using var row = command.ExecuteReader();
                var entries = new List<ReminderEntry>();
                while (row.Read())
                {
                    entries.Add(EntryOf(row));
                }

                return entries;
            },
            writes: false);
    }

    private static ReminderEntry EntryOf(SqliteDataReader row) => new()
    {
        GrainId = GrainId.Parse(row.GetString(0)),
        ReminderName = row.GetString(1),
        StartAt = new(row.GetInt64(2), DateTimeKind.Utc),
        Period = new(row.GetInt64(3)),
        ETag = row.GetString(4),
    };
}
