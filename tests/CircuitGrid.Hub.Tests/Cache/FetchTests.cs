using CircuitGrid.Hub.Tests.Hubs;

namespace CircuitGrid.Hub.Tests.Cache;

public sealed class FetchTests
{

    [Fact]
    public async Task Fetch_OfEveryFile_LeavesTheLayoutOfThePythonLibraries()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        var snapshot = hub.Snapshot(store);
        var tree = await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None);
        foreach (var file in tree.Files)
        {
            Assert.False(store.IsHere(snapshot, file));
            await store.FetchAsync(snapshot, file, null, CancellationToken.None);
            Assert.True(store.IsHere(snapshot, file));
        }

        store.WriteRef(snapshot.Repository, "step1", snapshot.Commit);
        store.WriteRef(snapshot.Repository, "refs/pr/1", snapshot.Commit);
        foreach (var line in hub.Listing(hub.Cache)) { Console.WriteLine(line); }
        Assert.Equal(TestHub.Weights, await File.ReadAllBytesAsync(snapshot.PathOf(tree.Find("model.safetensors")!)));
    }
}
