using CircuitGrid.Compute;
using CircuitGrid.Hub.Tests.Hubs;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Tests.Cache;

/// <summary>Files come into the cache as Python's libraries put them there, once each, and only where they are right.</summary>
public sealed class FetchTests
{
    private const string WeightsPath = "model.safetensors";

    // sha256sum of the weights, and git hash-object of the small files
    private const string Weights = "180d39be7a0c560e055d513533cd42ffd6500b79f6b8fe4101e300a184210a07";
    private const string Config = "1960371c9474bb900a6c7c30f50db3b061dc3d2b";
    private const string Notes = "3041adec9105ce2abb98307afd1f4aeb2e97c504";
    private const string Nothing = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

    [Fact]
    public async Task Fetch_OfEveryFile_LeavesTheLayoutOfThePythonLibraries()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        var (snapshot, tree) = await TreeAsync(hub, store);
        foreach (var file in tree.Files)
        {
            Assert.False(store.IsHere(snapshot, file));
            await store.FetchAsync(snapshot, file, null, CancellationToken.None);
            Assert.True(store.IsHere(snapshot, file));
        }

        store.WriteRef(snapshot.Repository, "step1", snapshot.Commit);
        store.WriteRef(snapshot.Repository, "refs/pr/1", snapshot.Commit);
        store.WriteRef(snapshot.Repository, snapshot.Commit, snapshot.Commit);
        var at = $"models--lab--tiny/snapshots/{snapshot.Commit}";
        Assert.Equal(
            [
                $".locks/models--lab--tiny/{Weights}.lock 0",
                $".locks/models--lab--tiny/{Config}.lock 0",
                $".locks/models--lab--tiny/{Notes}.lock 0",
                $".locks/models--lab--tiny/{Nothing}.lock 0",
                "CACHEDIR.TAG 181",
                $"models--lab--tiny/.circuitgrid/fetched/{Weights} 0",
                $"models--lab--tiny/.circuitgrid/fetched/{Config} 0",
                $"models--lab--tiny/.circuitgrid/fetched/{Notes} 0",
                $"models--lab--tiny/.circuitgrid/fetched/{Nothing} 0",
                $"models--lab--tiny/blobs/{Weights} 300000",
                $"models--lab--tiny/blobs/{Config} 15",
                $"models--lab--tiny/blobs/{Notes} 5",
                $"models--lab--tiny/blobs/{Nothing} 0",
                "models--lab--tiny/refs/refs/pr/1 40",
                "models--lab--tiny/refs/step1 40",
                $"{at}/config.json -> ../../blobs/{Config}",
                $"{at}/empty.txt -> ../../blobs/{Nothing}",
                $"{at}/model.safetensors -> ../../blobs/{Weights}",
                $"{at}/part/deep/notes.txt -> ../../../../blobs/{Notes}",
                $"models--lab--tiny/trees/{snapshot.Commit}.json 545",
            ],
            hub.Listing(hub.Cache));
        Assert.Equal(TestHub.Weights, await File.ReadAllBytesAsync(snapshot.PathOf(tree.Find(WeightsPath)!)));
        Assert.Equal("{\"n_layer\": 2}\n", await File.ReadAllTextAsync(Path.Combine(hub.Cache, at, "config.json")));
        Assert.Equal(snapshot.Commit, await File.ReadAllTextAsync(Path.Combine(hub.Cache, "models--lab--tiny/refs/step1")));
    }

    [Fact]
    public async Task Fetch_OfWhatIsHere_AsksNobody()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Repository().Commit("step2", hub.Repository().Head("step1").Tree.With("config.json", "{}"));
        using var store = hub.Store();
        var (first, tree) = await TreeAsync(hub, store);
        var (second, otherTree) = await TreeAsync(hub, store, "step2");
        await store.FetchAsync(first, tree.Find(WeightsPath)!, null, CancellationToken.None);
        hub.Server.Requests.Clear();

        await store.FetchAsync(first, tree.Find(WeightsPath)!, null, CancellationToken.None);
        await store.FetchAsync(second, otherTree.Find(WeightsPath)!, null, CancellationToken.None);

        Assert.Empty(hub.Server.Requests.All);
        Assert.NotEqual(first.Commit, second.Commit);
        Assert.Equal(TestHub.Weights, await File.ReadAllBytesAsync(second.PathOf(otherTree.Find(WeightsPath)!)));
    }

    /// <summary>What another library fetched isn't fetched again, and isn't noted as this program's, which may remove its own.</summary>
    [Fact]
    public async Task Fetch_OfAnothersBlob_LinksItAndLeavesItAnothers()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        var (snapshot, tree) = await TreeAsync(hub, store);
        Directory.CreateDirectory(snapshot.Repository.Blobs);
        await File.WriteAllBytesAsync(snapshot.Repository.Blob(Weights), TestHub.Weights);
        hub.Server.Requests.Clear();

        await store.FetchAsync(snapshot, tree.Find(WeightsPath)!, null, CancellationToken.None);

        Assert.Empty(hub.Server.Requests.All);
        Assert.True(store.IsHere(snapshot, tree.Find(WeightsPath)!));
        Assert.False(Directory.Exists(snapshot.Repository.Fetched));
    }

    [Fact]
    public async Task Fetch_WhereAFileIsCutShort_ReplacesIt()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        var (snapshot, tree) = await TreeAsync(hub, store);
        var file = tree.Find(WeightsPath)!;
        await store.FetchAsync(snapshot, file, null, CancellationToken.None);
        await File.WriteAllBytesAsync(snapshot.Repository.Blob(Weights), TestHub.Weights[..1000]);
        Assert.False(store.IsHere(snapshot, file));

        await store.FetchAsync(snapshot, file, null, CancellationToken.None);

        Assert.Equal(TestHub.Weights, await File.ReadAllBytesAsync(snapshot.PathOf(file)));
    }

    [Fact]
    public async Task Fetch_WithoutLinks_PutsACopy()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store(o => o with { CopiesFiles = true });
        var (snapshot, tree) = await TreeAsync(hub, store);
        var file = tree.Find("part/deep/notes.txt")!;
        await store.FetchAsync(snapshot, file, null, CancellationToken.None);

        Assert.Null(new FileInfo(snapshot.PathOf(file)).LinkTarget);
        Assert.Equal("notes", await File.ReadAllTextAsync(snapshot.PathOf(file)));
        Assert.True(store.IsHere(snapshot, file));
    }

    [Fact]
    public async Task Fetch_SaysHowFarItIs()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store(o => o with { BufferBytes = 100_000 });
        var (snapshot, tree) = await TreeAsync(hub, store);
        var said = new Recorder();
        await store.FetchAsync(snapshot, tree.Find(WeightsPath)!, said, CancellationToken.None);

        Assert.InRange(said.Values.Count, 3, 300);
        Assert.Equal(said.Values.Order(), said.Values);
        Assert.Equal(300_000, said.Values[^1]);
    }

    [Fact]
    public async Task Fetch_OfOneFileByManyTasks_AsksOnce()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        var (snapshot, tree) = await TreeAsync(hub, store);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => store.FetchAsync(snapshot, tree.Find(WeightsPath)!, null, CancellationToken.None))));

        Assert.Single(hub.Server.Requests.Of(RequestKind.Large));
        Assert.Equal(300_000, hub.Server.Requests.LargeBytes);
    }

    [Fact]
    public async Task Fetch_Cancelled_LeavesNothing()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Always(Fault.Stall(TimeSpan.FromMinutes(1), after: 100_000), RequestKind.Large);
        using var store = hub.Store();
        var (snapshot, tree) = await TreeAsync(hub, store);
        using var cancellation = new CancellationTokenSource();
        var said = new Recorder { OnValue = value => { if (value >= 100_000) { cancellation.Cancel(); } } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.FetchAsync(snapshot, tree.Find(WeightsPath)!, said, cancellation.Token));

        AssertNothingOf(hub);
    }

    [Fact]
    public async Task Fetch_OfWrongBytes_IsAnErrorThatNamesBothDigests_AndLeavesNothing()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.WrongBytes(at: 299_999), RequestKind.Large);
        hub.Server.Faults.Next(1, Fault.WrongBytes(at: 3), RequestKind.ResolveCache);
        using var store = hub.Store();
        var (snapshot, tree) = await TreeAsync(hub, store);

        var large = await Assert.ThrowsAsync<InvalidInputException>(() => store.FetchAsync(snapshot, tree.Find(WeightsPath)!, null, CancellationToken.None));
        Assert.StartsWith($"hf:lab/tiny@{snapshot.Commit}: model.safetensors: came with other bytes than the hub lists: their SHA-256 is ", large.Message, StringComparison.Ordinal);
        Assert.Contains($", not {Weights};", large.Message, StringComparison.Ordinal);
        var small = await Assert.ThrowsAsync<InvalidInputException>(() => store.FetchAsync(snapshot, tree.Find("config.json")!, null, CancellationToken.None));
        Assert.Contains($"their Git digest is ", small.Message, StringComparison.Ordinal);
        AssertNothingOf(hub);

        // the fault is over: nothing wrong was kept
        await store.FetchAsync(snapshot, tree.Find(WeightsPath)!, null, CancellationToken.None);
        Assert.Equal(TestHub.Weights, await File.ReadAllBytesAsync(snapshot.PathOf(tree.Find(WeightsPath)!)));
    }

    [Theory]
    [InlineData(299_999, "sends 300000 bytes, where 299999 of model.safetensors are missing")]
    [InlineData(300_001, "sends 300000 bytes, where 300001 of model.safetensors are missing")]
    public async Task Fetch_OfAFileWhoseListedSizeLies_IsAnError(long listed, string reason)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Repository().Commit("lie", StandInTree.Empty.With(WeightsPath, StandInFile.Of(TestHub.Weights).Claiming(size: listed)));
        using var store = hub.Store();
        var (snapshot, tree) = await TreeAsync(hub, store, "lie");

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.FetchAsync(snapshot, tree.Find(WeightsPath)!, null, CancellationToken.None));

        Assert.Equal(hub.Server.Storage.Host, new Uri(error.Input).Host);
        Assert.Equal(reason, error.Reason);
        AssertNothingOf(hub);
    }

    /// <summary>Without a length in front only the bytes themselves show that there are too many.</summary>
    [Fact]
    public async Task Fetch_OfAnEndlessAnswer_StopsAtTheListedSize()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Repository().Commit("lie", StandInTree.Empty.With(WeightsPath, StandInFile.Of(TestHub.Weights).Claiming(size: 1000)));
        hub.Server.Faults.Always(Fault.Headers(headers => headers.ContentLength = null), RequestKind.Large);
        using var store = hub.Store();
        var (snapshot, tree) = await TreeAsync(hub, store, "lie");

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.FetchAsync(snapshot, tree.Find(WeightsPath)!, null, CancellationToken.None));

        Assert.Equal("sends more than the 1000 bytes that model.safetensors has", error.Reason);
        AssertNothingOf(hub);
    }

    /// <summary>Where the hub contradicts its list nothing of a large file needs to be read.</summary>
    [Theory]
    [InlineData("X-Linked-Etag", "\"0000000000000000000000000000000000000000000000000000000000000001\"", "the hub says that the file is 0000000000000000000000000000000000000000000000000000000000000001, though it lists " + Weights)]
    [InlineData("X-Linked-Size", "7", "the hub says that the file is 7 bytes long, though it lists 300000")]
    public async Task Fetch_WhereTheHubContradictsItsList_ReadsNoByte(string header, string value, string reason)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Always(Fault.Headers(headers => headers[header] = value), RequestKind.Resolve);
        using var store = hub.Store();
        var (snapshot, tree) = await TreeAsync(hub, store);

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.FetchAsync(snapshot, tree.Find(WeightsPath)!, null, CancellationToken.None));

        Assert.Equal(reason, error.Reason);
        Assert.Empty(hub.Server.Requests.Of(RequestKind.Large));
    }

    [Fact]
    public async Task Fetch_Offline_TakesWhatIsHereAndNamesWhatIsNot()
    {
        await using var hub = await TestHub.StartAsync();
        HubSnapshot snapshot;
        using (var store = hub.Store())
        {
            (snapshot, var listed) = await TreeAsync(hub, store);
            await store.FetchAsync(snapshot, listed.Find("config.json")!, null, CancellationToken.None);
        }

        hub.Server.Requests.Clear();
        using var offline = hub.Store(o => o with { IsOffline = true });
        var tree = await offline.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None);
        await offline.FetchAsync(snapshot, tree.Find("config.json")!, null, CancellationToken.None);
        var error = await Assert.ThrowsAsync<HubUnreachableException>(() => offline.FetchAsync(snapshot, tree.Find(WeightsPath)!, null, CancellationToken.None));

        Assert.Equal($"hf:lab/tiny@{snapshot.Commit}: model.safetensors: it isn't in the cache, and HF_HUB_OFFLINE forbids to ask the hub", error.Message);
        Assert.Empty(hub.Server.Requests.All);
    }

    private static async Task<(HubSnapshot Snapshot, HubTree Tree)> TreeAsync(TestHub hub, Hub.Cache.HubStore store, string revision = "step1")
    {
        var snapshot = hub.Snapshot(store, revision);
        return (snapshot, await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None));
    }

    /// <summary>No blob, no part of one, no link and no note.</summary>
    private static void AssertNothingOf(TestHub hub) =>
        Assert.DoesNotContain(hub.Listing(), line => line.Contains("/blobs/", StringComparison.Ordinal) || line.Contains("/snapshots/", StringComparison.Ordinal) || line.Contains("/.circuitgrid/", StringComparison.Ordinal));
}
