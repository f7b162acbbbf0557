using CircuitGrid.Compute;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Tests.Hubs;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Tests.Cache;

/// <summary>Where a connection breaks, a file goes on from there.</summary>
public sealed class ResumeTests
{
    private const string Weights = "model.safetensors";

    [Fact]
    public async Task Fetch_BrokenOff_ReadsOnlyWhatIsMissing()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Truncate(100_000), RequestKind.Large);
        hub.Server.Faults.Add(new() { Fault = Fault.Truncate(50_000), Kind = RequestKind.Large, After = 1 });
        await FetchAsync(hub);

        var requests = hub.Server.Requests.Of(RequestKind.Large);
        Assert.Equal([null, "bytes=100000-", "bytes=150000-"], requests.Select(r => r.Range));
        Assert.Equal([100_000L, 50_000, 150_000], requests.Select(r => r.BytesSent));

        // each address is signed anew: the first may be too old by then
        Assert.Equal(3, hub.Server.Requests.Of(RequestKind.Resolve).Count);
    }

    [Fact]
    public async Task Fetch_AnsweredWithAllOfTheFile_BeginsAgain()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Truncate(100_000), RequestKind.Large);
        hub.Server.Faults.Add(new() { Fault = Fault.IgnoreRange(), Kind = RequestKind.Large, Times = null });
        var said = new Recorder();
        await FetchAsync(hub, said);

        Assert.Equal([100_000L, 300_000], hub.Server.Requests.Of(RequestKind.Large).Select(r => r.BytesSent));
        Assert.Contains(100_000, said.Values);
        Assert.Equal(300_000, said.Values[^1]);
        Assert.NotEqual(said.Values.Order(), said.Values);
    }

    [Fact]
    public async Task Fetch_ThatStandsStill_GoesOnWithAnotherConnection()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Stall(TimeSpan.FromMinutes(5), after: 120_000), RequestKind.Large);
        await FetchAsync(hub, change: o => o with { DownloadTimeout = TimeSpan.FromSeconds(2) });

        Assert.Equal([null, "bytes=120000-"], hub.Server.Requests.Of(RequestKind.Large).Select(r => r.Range));
    }

    [Fact]
    public async Task Fetch_ThatNeverComesOn_GivesUpAfterFiveRepetitions()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Truncate(100_000), RequestKind.Large);
        hub.Server.Faults.Add(new() { Fault = Fault.Truncate(0), Kind = RequestKind.Large, Times = null });
        var error = await Assert.ThrowsAsync<HubUnreachableException>(() => FetchAsync(hub));

        Assert.EndsWith("can't be reached: the answer broke off", error.Reason, StringComparison.Ordinal);
        Assert.Equal(6, hub.Server.Requests.Of(RequestKind.Large).Count);
        Assert.Equal(5, hub.Time.Pauses.Count);
        Assert.All(hub.Time.Pauses.Zip([1.0, 2, 4, 8, 8]), p => Assert.InRange(p.First.TotalSeconds, p.Second / 2, p.Second));
        Assert.DoesNotContain(hub.Listing(), line => line.Contains("/blobs/", StringComparison.Ordinal));
    }

    /// <summary>A large file over a bad line: what brings it a good deal further isn't a failure in a row.</summary>
    [Fact]
    public async Task Fetch_BrokenOffOftenButComingOn_IsWholeInTheEnd()
    {
        await using var hub = await TestHub.StartAsync();
        var large = TestHub.Bytes(12 << 20, seed: 9);
        hub.Repository().Commit("large", StandInTree.Empty.With(Weights, large));
        hub.Server.Faults.Add(new() { Fault = Fault.Truncate(3 << 19), Kind = RequestKind.Large, Times = null });
        await FetchAsync(hub, revision: "large", expected: large);

        var requests = hub.Server.Requests.Of(RequestKind.Large);
        Assert.Equal(8, requests.Count);
        Assert.Equal(12 << 20, requests.Sum(r => r.BytesSent));
    }

    [Theory]
    [InlineData("bytes 99999-299998/300000")]
    [InlineData("bytes 100001-299999/300000")]
    [InlineData("bytes 100000-299999/300001")]
    [InlineData("bytes */300000")]
    [InlineData("lines 100000-299999/300000")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task Fetch_AnsweredWithAnotherPart_IsAnError(string range)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Truncate(100_000), RequestKind.Large);
        hub.Server.Faults.Add(new() { Fault = Fault.Headers(h => h.ContentRange = range), Kind = RequestKind.Large, Times = null });

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => FetchAsync(hub));

        Assert.Contains(range.EndsWith('1') ? "says that the file is 300001 bytes long" : "another part of the file than that from byte 100000 on", error.Message, StringComparison.Ordinal);
    }

    private static async Task FetchAsync(TestHub hub, IProgress<long>? said = null, Func<HubOptions, HubOptions>? change = null, string revision = "step1", byte[]? expected = null)
    {
        using HubStore store = hub.Store(change);
        HubSnapshot snapshot = hub.Snapshot(store, revision);
        var file = (await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None)).Find(Weights)!;
        await store.FetchAsync(snapshot, file, said, CancellationToken.None);
        Assert.Equal(expected ?? TestHub.Weights, await File.ReadAllBytesAsync(snapshot.PathOf(file)));
    }
}
