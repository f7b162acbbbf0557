using System.Net;
using CircuitGrid.Grains.Sqlite;

namespace CircuitGrid.Grains.Tests.Sqlite;

public sealed class MembershipTableTests : IDisposable
{
    private static readonly DateTime Start = new(2026, 5, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly ClusterFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Insert_OfEverythingAnEntryHas_IsReadBackByAnotherProcess()
    {
        var table = await OpenAsync();
        var entry = Entry(1, SiloStatus.Joining);
        entry.RoleName = "role";
        entry.UpdateZone = 3;
        entry.FaultZone = 4;
        entry.AddSuspector(Entry(2, SiloStatus.Active).SiloAddress, Start.AddTicks(7));
        entry.AddSuspector(SiloAddress.New(IPAddress.IPv6Loopback, 9, 5), Start.AddTicks(8));
        Assert.True(await table.InsertRow(entry, (await table.ReadAll()).Version.Next()));

        var data = await folder.Membership().ReadRow(entry.SiloAddress);
        var read = Assert.Single(data.Members).Item1;
        Assert.Equal(1, data.Version.Version);
        Assert.Equal(entry.SiloAddress, read.SiloAddress);
        Assert.Equal(
            (entry.Status, entry.ProxyPort, entry.HostName, entry.SiloName, entry.RoleName, entry.UpdateZone, entry.FaultZone, entry.StartTime, entry.IAmAliveTime),
            (read.Status, read.ProxyPort, read.HostName, read.SiloName, read.RoleName, read.UpdateZone, read.FaultZone, read.StartTime, read.IAmAliveTime));
        Assert.Equal(entry.SuspectTimes, read.SuspectTimes);
        Assert.All(read.SuspectTimes!, s => Assert.Equal(DateTimeKind.Utc, s.Item2.Kind));
    }

    [Fact]
    public async Task Insert_WithStaleVersionOrOfAnEntryThatIsThere_ChangesNothing()
    {
        var table = await OpenAsync();
        var stale = (await table.ReadAll()).Version.Next();
        Assert.True(await table.InsertRow(Entry(1, SiloStatus.Active), stale));
        var before = await table.ReadAll();

        Assert.False(await table.InsertRow(Entry(2, SiloStatus.Active), stale));
        Assert.False(await table.InsertRow(Entry(1, SiloStatus.Dead), before.Version.Next()));

        var after = await table.ReadAll();
        Assert.Equal(before.Version, after.Version);
        Assert.Equal(SiloStatus.Active, Assert.Single(after.Members).Item1.Status);
    }

    [Fact]
    public async Task Update_WithStaleETagStaleVersionOrOfNoEntry_ChangesNothing()
    {
        var table = await OpenAsync();
        var first = (await table.ReadAll()).Version.Next();
        await table.InsertRow(Entry(1, SiloStatus.Joining), first);
        var inserted = await table.ReadAll();
        var etag = inserted.Members[0].Item2;
        Assert.True(await table.UpdateRow(Entry(1, SiloStatus.Active), etag, inserted.Version.Next()));
        var updated = await table.ReadAll();
        Assert.NotEqual(etag, updated.Members[0].Item2);

        Assert.False(await table.UpdateRow(Entry(1, SiloStatus.Dead), etag, updated.Version.Next()));
        Assert.False(await table.UpdateRow(Entry(1, SiloStatus.Dead), updated.Members[0].Item2, inserted.Version.Next()));
        Assert.False(await table.UpdateRow(Entry(2, SiloStatus.Dead), updated.Members[0].Item2, updated.Version.Next()));

        var after = await table.ReadAll();
        Assert.Equal(updated.Version, after.Version);
        Assert.Equal(2, after.Version.Version);
        Assert.Equal(SiloStatus.Active, Assert.Single(after.Members).Item1.Status);
    }

    [Fact]
    public async Task Insert_ByManyAtOnce_AllowsOneAVersionAndLosesNone()
    {
        const int Writers = 6;
        await OpenAsync();
        await Task.WhenAll(Enumerable.Range(1, Writers).Select(i => Task.Run(async () =>
        {
            var table = folder.Membership();
            while (!await table.InsertRow(Entry(i, SiloStatus.Active), (await table.ReadAll()).Version.Next()))
            {
            }
        })));

        var data = await folder.Membership().ReadAll();
        Assert.Equal(Writers, data.Version.Version);
        Assert.Equal(Writers, data.Members.Select(m => m.Item1.SiloAddress).Distinct().Count());
    }

    [Fact]
    public async Task UpdateIAmAlive_ChangesThatAlone()
    {
        var table = await OpenAsync();
        await table.InsertRow(Entry(1, SiloStatus.Active), (await table.ReadAll()).Version.Next());
        var before = await table.ReadAll();
        var alive = Entry(1, SiloStatus.Dead);
        alive.IAmAliveTime = Start.AddMinutes(9);
        await table.UpdateIAmAlive(alive);

        var after = await table.ReadAll();
        Assert.Equal(before.Version, after.Version);
        Assert.Equal((SiloStatus.Active, Start.AddMinutes(9)), (after.Members[0].Item1.Status, after.Members[0].Item1.IAmAliveTime));
        Assert.True(await table.UpdateRow(Entry(1, SiloStatus.Dead), before.Members[0].Item2, after.Version.Next()));
    }

    [Fact]
    public async Task Cleanup_TakesOldDeadSilosOfItsClusterOnly()
    {
        var table = await OpenAsync();
        var other = folder.Membership("other");
        await other.InitializeMembershipTable(true);
        await other.InsertRow(Entry(1, SiloStatus.Dead), (await other.ReadAll()).Version.Next());
        foreach (var entry in new[] { Entry(1, SiloStatus.Dead), Entry(2, SiloStatus.Active), Entry(3, SiloStatus.Dead) })
        {
            entry.IAmAliveTime = entry.SiloAddress.Generation == 3 ? Start.AddHours(1) : Start;
            await table.InsertRow(entry, (await table.ReadAll()).Version.Next());
        }

        await table.CleanupDefunctSiloEntries(new DateTimeOffset(Start).AddMinutes(1));

        Assert.Equal([2, 3], (await table.ReadAll()).Members.Select(m => m.Item1.SiloAddress.Generation).Order());
        Assert.Single((await other.ReadAll()).Members);
    }

    [Fact]
    public async Task Delete_LeavesOtherClusters_AndCanBeWrittenOnlyAfterInitialisation()
    {
        var table = await OpenAsync();
        var other = folder.Membership("other");
        await other.InitializeMembershipTable(true);
        await other.InsertRow(Entry(1, SiloStatus.Active), (await other.ReadAll()).Version.Next());
        await table.InsertRow(Entry(1, SiloStatus.Active), (await table.ReadAll()).Version.Next());
        await table.DeleteMembershipTableEntries("cluster");

        Assert.False(await table.InsertRow(Entry(2, SiloStatus.Active), (await table.ReadAll()).Version.Next()));
        Assert.Empty((await table.ReadAll()).Members);
        Assert.Single((await other.ReadAll()).Members);
    }

    [Fact]
    public async Task Gateways_AreActiveSilosThatListenForClients()
    {
        var table = await OpenAsync();
        var closed = Entry(3, SiloStatus.Active);
        closed.ProxyPort = 0;
        foreach (var entry in new[] { Entry(1, SiloStatus.Active), Entry(2, SiloStatus.Dead), closed })
        {
            await table.InsertRow(entry, (await table.ReadAll()).Version.Next());
        }

        Assert.Equal([new Uri("gwy.tcp://127.0.0.1:30001/1")], await folder.Gateways().GetGateways());
    }

    private async Task<SqliteMembershipTable> OpenAsync()
    {
        var table = folder.Membership();
        await table.InitializeMembershipTable(true);
        return table;
    }

    private static MembershipEntry Entry(int number, SiloStatus status) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Loopback, 20000 + number, number),
        Status = status,
        ProxyPort = 30000 + number,
        HostName = "host",
        SiloName = "silo" + number,
        StartTime = Start,
        IAmAliveTime = Start,
    };
}
