using CircuitGrid.Compute;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Tests.Hubs;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Tests.Protocol;

/// <summary>Revisions, commits and trees as the hub lists them, and as the cache knows them.</summary>
public sealed class ListingTests
{
    [Fact]
    public async Task Refs_AreBranchesThenTagsThenConversions()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Repository().Commit("runs/a/step2", StandInTree.Empty).Tag("v1", "main").CommitConversion("parquet", StandInTree.Empty).CommitPullRequest(3, StandInTree.Empty);
        using var store = hub.Store();
        var refs = await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None);

        string Head(string revision) => hub.Repository().Head(revision).Id;
        Assert.Equal(TestHub.Tiny, refs.Repository);
        Assert.Equal(
            [
                new("main", Head("main"), HubRevisionKind.Branch),
                new("runs/a/step2", Head("runs/a/step2"), HubRevisionKind.Branch),
                new("step1", Head("step1"), HubRevisionKind.Branch),
                new("v1", Head("main"), HubRevisionKind.Tag),
                new("parquet", Head("refs/convert/parquet"), HubRevisionKind.Convert),
            ],
            refs.Revisions);
    }

    [Fact]
    public async Task Refs_ThatHaveNotChanged_AreNotSentAgain()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        var first = await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None);
        Assert.Same(first, await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        hub.Repository().Commit("step2", StandInTree.Empty);
        var third = await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None);

        Assert.Equal(["main", "step1", "step2"], third.Revisions.Select(r => r.Name));
        Assert.Equal([200, 304, 200], hub.Server.Requests.All.Select(r => r.Status));
        Assert.Equal(0, hub.Server.Requests.All[1].BytesSent);
    }

    [Fact]
    public async Task Repository_ThatWasRenamed_IsFoundUnderItsOldName()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        hub.Server.Repositories.Rename(TestHub.Tiny, "institute/tiny");
        var refs = await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None);
        Assert.Equal("institute/tiny", refs.Repository);

        // all else goes by the old name too, as a cache that was filled before has it
        var snapshot = new HubSnapshot(store.FolderOf(TestHub.Tiny), refs.Revisions.Single(r => r.Name == "step1").Commit);
        var file = (await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None)).Find("model.safetensors")!;
        await store.FetchAsync(snapshot, file, null, CancellationToken.None);
        Assert.Equal(TestHub.Weights, await File.ReadAllBytesAsync(snapshot.PathOf(file)));
        Assert.Same(refs, await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
    }

    [Fact]
    public async Task Commit_OfARevision_IsAskedFor_UnlessItIsOneThatIsHere()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Repository().Commit("runs/a", StandInTree.Empty).Tag("v1", "step1");
        using var store = hub.Store();
        var commit = hub.Repository().Head("step1").Id;
        Assert.Equal(commit, await store.FindCommitAsync(TestHub.Tiny, "v1", CancellationToken.None));
        Assert.Equal(hub.Repository().Head("runs/a").Id, await store.FindCommitAsync(TestHub.Tiny, "runs/a", CancellationToken.None));
        Assert.EndsWith("/revision/runs%2Fa", hub.Server.Requests.All[^1].Target, StringComparison.Ordinal);
        Assert.Equal(commit, await store.FindCommitAsync(TestHub.Tiny, commit, CancellationToken.None));
        Assert.Equal(3, hub.Server.Requests.All.Count);

        await store.ReadTreeAsync(store.FolderOf(TestHub.Tiny), commit, CancellationToken.None);
        hub.Server.Requests.Clear();
        Assert.Equal(commit, await store.FindCommitAsync(TestHub.Tiny, commit, CancellationToken.None));
        Assert.Empty(hub.Server.Requests.All);
    }

    [Fact]
    public async Task Tree_OfManyPages_IsReadOnce()
    {
        await using var hub = await TestHub.StartAsync(new() { TreePageSize = 7 });
        var tree = Enumerable.Range(0, 60).Aggregate(StandInTree.Empty, (all, i) => all.With($"part{i % 4}/file-{i:00}.txt", $"file {i}"));
        hub.Repository().Commit("many", tree.With("model.safetensors", TestHub.Weights));
        using var store = hub.Store();
        var commit = hub.Repository().Head("many").Id;
        var read = await store.ReadTreeAsync(store.FolderOf(TestHub.Tiny), commit, CancellationToken.None);

        Assert.Equal(tree.Files.Keys.Append("model.safetensors").Order(StringComparer.Ordinal), read.Files.Select(f => f.Path));
        Assert.Equal(new HubFile("model.safetensors", 300_000, read.Find("model.safetensors")!.BlobId, "180d39be7a0c560e055d513533cd42ffd6500b79f6b8fe4101e300a184210a07"), read.Find("model.safetensors"));
        Assert.Equal(tree.Files["part3/file-07.txt"].Digests.GitOid, read.Find("part3/file-07.txt")!.Digest);
        Assert.InRange(hub.Server.Requests.Of(RequestKind.Tree).Count, 9, 10);

        hub.Server.Requests.Clear();
        var again = await store.ReadTreeAsync(store.FolderOf(TestHub.Tiny), commit, CancellationToken.None);
        Assert.Equal(read.Files, again.Files);
        Assert.Empty(hub.Server.Requests.All);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"format_version": 1, "files": {"../x": {"size": 1, "blob_id": "00000000000000000000000000000000000000aa"}}}""")]
    [InlineData("""{"format_version": 2, "files": {}}""")]
    public async Task Tree_ThatIsDamagedInTheCache_IsReadAnew(string damaged)
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        var snapshot = hub.Snapshot(store);
        var path = snapshot.Repository.Tree(snapshot.Commit);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, damaged);
        Assert.Equal(4, (await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None)).Files.Length);
        Assert.Equal(4, HubTree.Read(path)!.Files.Length);
    }

    [Fact]
    public async Task Tree_WhosePagesGoInACircle_OrLeaveTheHub_IsAnError()
    {
        await using var hub = await TestHub.StartAsync(new() { TreePageSize = 2 });
        using var store = hub.Store();
        var snapshot = hub.Snapshot(store);
        var here = $"{hub.Server.Endpoint}api/models/lab/tiny/tree/{snapshot.Commit}";
        (string Link, string Reason)[] links =
        [
            ($"<{here}?recursive=true&expand=false>; rel=\"next\"", "says that the list goes on with a page that was read already"),
            ($"<{hub.Server.Elsewhere}api/models/lab/tiny/tree/{snapshot.Commit}?cursor=x>; rel=\"next\"", "says that the list goes on somewhere else than on the hub"),
            ($"<{hub.Server.Endpoint}api/models/lab/other/tree/{snapshot.Commit}?cursor=x>; rel=\"next\"", "says that the list goes on somewhere else than on the hub"),
            ("<http://[>; rel=\"next\"", "says that the list goes on somewhere else than on the hub"),
        ];
        foreach (var (link, reason) in links)
        {
            var rule = hub.Server.Faults.Always(Fault.Headers(h => h.Link = link), RequestKind.Tree);
            var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None));
            Assert.Equal(here, error.Input);
            Assert.Equal(reason, error.Reason);
            hub.Server.Faults.Remove(rule);
        }

        Assert.DoesNotContain(hub.Server.Requests.All, r => r.Host == StandInHost.Elsewhere);
        Assert.Equal(4, (await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None)).Files.Length);
    }

    /// <summary>A mirror passes on what the hub says, the address of the next page too.</summary>
    [Fact]
    public async Task Tree_OfAMirror_GoesOnThere()
    {
        await using var hub = await TestHub.StartAsync(new() { TreePageSize = 2 });
        hub.Server.Faults.Always(
            Fault.Headers(h => h.Link = h.Link.ToString().Replace(hub.Server.Endpoint.AbsoluteUri, "https://huggingface.co/", StringComparison.Ordinal)),
            RequestKind.Tree);
        using var store = hub.Store();
        var snapshot = hub.Snapshot(store);
        Assert.Equal(4, (await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None)).Files.Length);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/x")]
    [InlineData("a/../../x")]
    [InlineData("a//x")]
    [InlineData("a\\..\\x")]
    [InlineData("C:x")]
    public async Task Tree_WithAPathThatLeadsOut_IsRefused(string path)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Repository().Commit("bad", StandInTree.Empty.With(path, "x"));
        using var store = hub.Store();
        var snapshot = hub.Snapshot(store, "bad");
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None));
        Assert.Contains("which no repository can have", error.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Listing());
    }

    [Theory]
    [InlineData("""{"tags": []}""", "branches is missing")]
    [InlineData("""{"branches": {}}""", "branches is an object; it must be a list")]
    [InlineData("""{"branches": [7]}""", "[0] is a number; it must be an object")]
    [InlineData("""{"branches": [{"name": 7, "targetCommit": "x"}]}""", "name is a number; it must be a text")]
    [InlineData("""{"branches": [{"name": "a", "targetCommit": "x"}]}""", "targetCommit is 'x'; it must be a commit of 40 hexadecimal digits")]
    [InlineData("""{"branches": [{"name": "../a", "targetCommit": "00000000000000000000000000000000000000aa"}]}""", "name is '../a', which no revision can be called")]
    [InlineData("""[]""", "is a list, not a JSON object")]
    [InlineData("<html>", "isn't valid JSON")]
    public async Task Refs_OfTheWrongForm_AreAnErrorThatNamesThePlace(string answer, string reason)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Answer(200, answer, "application/json"));
        using var store = hub.Store();
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        Assert.StartsWith($"{hub.Server.Endpoint}api/models/lab/tiny/refs: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refs_Offline_AreWhatTheCacheKnows()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store(o => o with { IsOffline = true });
        var folder = store.FolderOf(TestHub.Tiny);
        var missing = await Assert.ThrowsAsync<HubUnreachableException>(() => store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        Assert.Equal("hf:lab/tiny: no revision of it is in the cache, and HF_HUB_OFFLINE forbids to ask the hub", missing.Message);

        var (first, second) = (new string('a', 40), new string('b', 40));
        store.WriteRef(folder, "runs/b/step2", first);
        store.WriteRef(folder, "main", first);
        store.WriteRef(folder, "main", second);
        await File.WriteAllTextAsync(folder.Ref("main") + ".0123abcd.tmp", first[..7]);
        await File.WriteAllTextAsync(Path.Combine(folder.Refs, "runs/.circuitgrid-0.tmp"), "");
        var refs = await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None);
        Assert.Equal([new("main", second, HubRevisionKind.Branch), new("runs/b/step2", first, HubRevisionKind.Branch)], refs.Revisions);
        Assert.Equal(first, await store.FindCommitAsync(TestHub.Tiny, "runs/b/step2", CancellationToken.None));
        Assert.Equal(first, await store.FindCommitAsync(TestHub.Tiny, first, CancellationToken.None));
        await Assert.ThrowsAsync<HubUnreachableException>(() => store.FindCommitAsync(TestHub.Tiny, "step9", CancellationToken.None));
        await Assert.ThrowsAsync<HubUnreachableException>(() => store.ReadTreeAsync(folder, first, CancellationToken.None));
        Assert.Empty(hub.Server.Requests.All);

        await File.WriteAllTextAsync(folder.Ref("main"), "not a commit");
        var damaged = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        Assert.Equal(folder.Ref("main"), damaged.Input);
    }

    [Theory]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("")]
    [InlineData("a/..")]
    [InlineData("a/b?x")]
    public async Task Repository_ThatCanBeNone_IsNotAskedFor(string name)
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadRefsAsync(name, CancellationToken.None));
        Assert.Throws<InvalidInputException>(() => store.FolderOf(name));
        Assert.Empty(hub.Server.Requests.All);
    }
}
