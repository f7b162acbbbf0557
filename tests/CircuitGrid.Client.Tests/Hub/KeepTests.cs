using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>Weights that are done make room, and nobody else's do.</summary>
public sealed class KeepTests
{
    private static readonly int[] Steps = [0, 64, 128, 256, 384, 4000];

    [Fact]
    public async Task Run_WithRoomForTwo_KeepsTwoAndWhatPythonFetched()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        var python = hub.DigestsOf(64).Single();
        CacheFolder.PutAsPython(hub.Cache, hub.At().Head("step64").Id, HubClient.Weights, await File.ReadAllBytesAsync(Path.Combine(hub.Nano.Folder, HubClient.Model, "step64", HubClient.Weights)));
        var run = (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva", "--keep", "800kB")).Succeeded();
        Assert.Contains("6 cells computed", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fetched nano-2l/nano-2l@64", run.Output, StringComparison.Ordinal);
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", Steps), StoreRows.Of(hub.Store));

        var left = WeightsHere(hub);
        Assert.Contains(python, left);
        Assert.InRange(left.Count - 1, 1, 2);
        CacheFolder.AssertSound(hub.Cache);
        Assert.Equal(left.Count, CacheFolder.Links(hub.Cache).Count(l => l.Name == HubClient.Weights));

        // no file is fetched again because it had to go too early
        Assert.Equal(5, hub.Requests.Of(RequestKind.Large).Count(r => r.Range is null));
    }

    /// <summary>The least there can be is one checkpoint, whatever is asked for.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Run_WithRoomForLessThanOne_KeepsOneAtMost(string fetch)
    {
        await using var hub = await HubClient.StartAsync(Steps);
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva", "--keep", "1kB", "--fetch", fetch)).Succeeded();
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", Steps), StoreRows.Of(hub.Store));
        Assert.InRange(WeightsHere(hub).Count, 0, 1);
        CacheFolder.AssertSound(hub.Cache);
        Assert.Equal(6, hub.Requests.Of(RequestKind.Large).Count(r => r.Range is null));
    }

    [Fact]
    public async Task Run_WithKeepAll_KeepsAll_AndALaterOneRemovesThem()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva", "--keep", "all")).Succeeded();
        Assert.Equal(hub.DigestsOf(Steps).Order(StringComparer.Ordinal), WeightsHere(hub));
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva,ioi", "--checkpoints", "0", "--keep", "400kB")).Succeeded();
        Assert.Equal(6, WeightsHere(hub).Count);
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva,ioi", "--keep", "400kB")).Succeeded();
        Assert.InRange(WeightsHere(hub).Count, 0, 1);
        Assert.Equal(6, hub.Requests.Of(RequestKind.Large).Count(r => r.Range is null));
        CacheFolder.AssertSound(hub.Cache);
    }

    /// <summary>Two checkpoints with one file: it stays until both are done.</summary>
    [Fact]
    public async Task Run_WithLittleRoom_KeepsAFileThatAnotherCheckpointStillNeeds()
    {
        await using var hub = await HubClient.StartAsync([0, 64, 128]);
        hub.Nano.AddCopy(hub.At(), HubClient.Model, 4000, 0);
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva", "--keep", "1kB", "--fetch", "1", "--threads", "1")).Succeeded();
        Assert.Equal(4, StoreRows.Of(hub.Store).Count);
        Assert.InRange(WeightsHere(hub).Count, 0, 1);
        CacheFolder.AssertSound(hub.Cache);
    }

    private static IReadOnlyList<string> WeightsHere(HubClient hub)
    {
        var weights = hub.DigestsOf(Steps).ToHashSet(StringComparer.Ordinal);
        return [.. CacheFolder.Whole(hub.Cache).Where(weights.Contains)];
    }
}
