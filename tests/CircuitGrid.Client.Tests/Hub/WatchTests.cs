using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary><c>watch</c> of a repository that others publish to.</summary>
public sealed class WatchTests
{
    [Fact]
    public async Task Watch_OfARevisionThatIsAdded_AnalysesItAlone()
    {
        await using var hub = await HubClient.StartAsync([0]);
        await using (var watch = new WatchingClient(hub, HubClient.Address + "@step*", "--tasks", "sva"))
        {
            await watch.UntilAsync("nano-2l@0: sva ");
            hub.Nano.AddStep(hub.At(), HubClient.Model, 4000);
            await watch.UntilAsync("nano-2l@4000: sva ");
            Assert.Single(watch.Said.Split('\n'), line => line.StartsWith("nano-2l@0: sva ", StringComparison.Ordinal));
        }

        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", 0, 4000), StoreRows.Of(hub.Store));
        Assert.Equal(2, hub.Requests.Of(RequestKind.Large).Count(r => r.Range is null));
        Assert.All(hub.Requests.Of(RequestKind.References).Skip(1), request => Assert.NotNull(request.IfNoneMatch));
        Assert.Contains(hub.Requests.Of(RequestKind.References), request => request.Status == 304);
    }

    [Fact]
    public async Task Watch_OfARepositoryWithoutCheckpoints_WaitsForThem()
    {
        await using var hub = await HubClient.StartAsync();
        var repository = hub.Server.Repositories.Add(HubClient.Repository).Commit("main", HubStandIn.Repositories.StandInTree.Empty.With(".gitattributes", ""));
        await using var watch = new WatchingClient(hub, HubClient.Address, "--tasks", "sva");
        await watch.UntilAsync($"note: {HubClient.Address} has no checkpoints yet; waiting for them");
        hub.Nano.AddStep(repository, HubClient.Model, 64);
        await watch.UntilAsync("nano-2l@64: sva ");
    }

    [Fact]
    public async Task Watch_OfABranchThatMoves_AnalysesItAgain()
    {
        await using var hub = await HubClient.StartAsync([0, 4000]);
        await using (var watch = new WatchingClient(hub, HubClient.Address, "--tasks", "sva"))
        {
            await watch.UntilAsync("nano-2l@0: sva ");
            await watch.UntilAsync("nano-2l@4000: sva ");
            hub.Nano.AddCopy(hub.At(), HubClient.Model, 4000, 3000);
            await watch.UntilAsync("nano-2l@4000: weights changed; it is computed again");
            await watch.UntilAsync("nano-2l@4000: sva ", times: 2);
            Assert.DoesNotContain("is gone", watch.Said, StringComparison.Ordinal);
        }

        var before = await hub.RowsOfFolderAsync(HubClient.Model, "sva", 0, 3000, 4000);
        Assert.Equal(before.Select(row => row.Replace("@3000/", "@4000/", StringComparison.Ordinal)).Order(StringComparer.Ordinal), StoreRows.Of(hub.Store).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Watch_WhileTheHubIsAway_SaysSoAndGoesOn()
    {
        await using var hub = await HubClient.StartAsync([0]);
        await using var watch = new WatchingClient(hub, HubClient.Address, "--tasks", "sva");
        await watch.UntilAsync("nano-2l@0: sva ");
        hub.Server.Faults.Always(Fault.Answer(503));
        await watch.UntilAsync("goes on answering 503 (ServiceUnavailable); run again later; waiting until that is mended");
        hub.Nano.AddStep(hub.At(), HubClient.Model, 64);
        hub.Server.Faults.Clear();
        await watch.UntilAsync($"note: {HubClient.Address} is there again");
        await watch.UntilAsync("nano-2l@64: sva ");
    }

    /// <summary>The hub goes away between the list of files and the weights.</summary>
    [Fact]
    public async Task Watch_WhileTheStorageIsAway_TriesAgain()
    {
        await using var hub = await HubClient.StartAsync([0]);
        await using var watch = new WatchingClient(hub, HubClient.Address, "--tasks", "sva");
        await watch.UntilAsync("nano-2l@0: sva ");
        hub.Server.Faults.Add(new() { Fault = Fault.Reset(), Kind = RequestKind.Large, After = 1, Times = null });
        hub.Nano.AddStep(hub.At(), HubClient.Model, 64);
        await watch.UntilAsync("; trying again");
        hub.Server.Faults.Clear();
        await watch.UntilAsync("nano-2l@64: sva ");
        Assert.DoesNotContain("failed", watch.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_OfARevisionThatIsDeleted_SaysSo()
    {
        await using var hub = await HubClient.StartAsync([0, 64]);
        await using var watch = new WatchingClient(hub, HubClient.Address, "--tasks", "sva");
        await watch.UntilAsync("nano-2l@0: sva ");
        await watch.UntilAsync("nano-2l@64: sva ");
        hub.At().Delete("step64");
        await watch.UntilAsync("nano-2l/nano-2l@64 is gone");
        Assert.Equal(2, StoreRows.Of(hub.Store).Count);
    }
}
