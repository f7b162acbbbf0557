using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CircuitGrid.HubStandIn.Repositories;

namespace CircuitGrid.HubStandIn.Tests;

public sealed partial class ListingTests
{
    private static readonly StandInTree Small = StandInTree.Empty.With("config.json", "{}").With("a/b/model.safetensors", Hashes.Noise(300)).With("a/x.txt", "x");

    [Fact]
    public async Task References_OfEveryKind_AreListedWithTheirCommits()
    {
        await using var client = await StandInClient.StartAsync();
        var repository = client.Server.Repositories.Add("lab/many")
            .Commit("main", Small).Commit("feature/x", Small).Tag("v1", "main").CommitConversion("parquet", Small).CommitPullRequest(3, Small);

        var json = await client.JsonAsync("/api/models/lab/many/refs");
        Assert.Equal(["feature/x refs/heads/feature/x", "main refs/heads/main"], Names(json, "branches"));
        Assert.Equal(["v1 refs/tags/v1"], Names(json, "tags"));
        Assert.Equal(["parquet refs/convert/parquet"], Names(json, "converts"));
        Assert.False(json.TryGetProperty("pullRequests", out _));
        Assert.Equal(["3 refs/pr/3"], Names(await client.JsonAsync("/api/models/lab/many/refs?include_prs=1"), "pullRequests"));

        var commits = new[] { "branches", "tags" }.SelectMany(k => json.GetProperty(k).EnumerateArray()).ToDictionary(r => r.GetProperty("name").GetString()!, r => r.GetProperty("targetCommit").GetString()!, StringComparer.Ordinal);
        Assert.All(commits.Values, c => Assert.Matches("^[0-9a-f]{40}$", c));
        Assert.Equal(commits["main"], commits["v1"]);
        Assert.NotEqual(commits["main"], commits["feature/x"]);
        Assert.Equal(repository.Head("main").Id, commits["main"]);
    }

    [Fact]
    public async Task References_WithTheTagOfLastTime_AreNotSentAgainUntilOneMoves()
    {
        await using var client = await StandInClient.StartAsync();
        var repository = client.Server.Repositories.Add("lab/moves").Commit("main", Small);
        using var first = await client.SendAsync("/api/models/lab/moves/refs");
        var etag = first.Headers.ETag!.ToString();

        using var same = await client.SendAsync("/api/models/lab/moves/refs", header: ("If-None-Match", etag));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Empty(await same.Content.ReadAsByteArrayAsync());

        repository.Commit("main", Small.With("config.json", "{\"a\":1}"));
        using var moved = await client.SendAsync("/api/models/lab/moves/refs", header: ("If-None-Match", etag));
        Assert.Equal(HttpStatusCode.OK, moved.StatusCode);
        Assert.NotEqual(etag, moved.Headers.ETag!.ToString());
        Assert.Equal([200, 304, 200], client.Server.Requests.All.Select(r => r.Status));
        Assert.Equal([null, etag, etag], client.Server.Requests.All.Select(r => r.IfNoneMatch));
    }

    [Fact]
    public async Task Commit_OnAnOldBranch_MovesItAndKeepsWhatWasThere()
    {
        await using var client = await StandInClient.StartAsync();
        var repository = client.Server.Repositories.Add("lab/moved").Commit("main", Small);
        var before = repository.Head("main").Id;
        repository.Commit("main", Small.Without("a/x.txt"));

        Assert.NotEqual(before, (await client.JsonAsync("/api/models/lab/moved/revision/main")).GetProperty("sha").GetString());
        Assert.Contains("a/x.txt", (await client.JsonAsync($"/api/models/lab/moved/tree/{before}?recursive=true")).EnumerateArray().Select(PathOf));
        Assert.DoesNotContain("a/x.txt", (await client.JsonAsync("/api/models/lab/moved/tree/main?recursive=true")).EnumerateArray().Select(PathOf));

        repository.Commit("gone", Small);
        repository.Delete("gone");
        using var gone = await client.SendAsync("/api/models/lab/moved/tree/gone");
        Assert.Equal((HttpStatusCode.NotFound, "RevisionNotFound"), (gone.StatusCode, gone.Headers.GetValues("X-Error-Code").Single()));
    }

    [Fact]
    public async Task Branch_PointedElsewhere_HasThatCommit_AndARemovedRepositoryIsGone()
    {
        await using var client = await StandInClient.StartAsync();
        var repository = client.Server.Repositories.Add("lab/pointed").Commit("main", Small).Commit("step1", Small.With("n", "1"));
        repository.Branch("main", "step1");
        Assert.Equal(repository.Head("step1").Id, (await client.JsonAsync("/api/models/lab/pointed")).GetProperty("sha").GetString());
        Assert.Throws<ArgumentException>(() => repository.Tag("v1", "step2"));

        client.Server.Repositories.Remove("lab/pointed");
        using var gone = await client.SendAsync("/api/models/lab/pointed/refs");
        Assert.Equal(HttpStatusCode.Unauthorized, gone.StatusCode);
    }

    [Fact]
    public async Task Ids_OfTheSameContentMadeTwice_AreTheSame()
    {
        static string Make(HubStandInServer server, string text) => server.Repositories.Add("lab/same").Commit("main", Small).Commit("main", Small.With("t", text)).Head("main").Id;
        await using var one = await HubStandInServer.StartAsync();
        await using var two = await HubStandInServer.StartAsync();
        await using var other = await HubStandInServer.StartAsync();
        Assert.Equal(Make(one, "t"), Make(two, "t"));
        Assert.NotEqual(one.Repositories.All[0].Head("main").Id, Make(other, "u"));
    }

    [Theory]
    [InlineData("", 1000, new[] { 1000, 1000, 346 })]
    [InlineData("&limit=900", 1000, new[] { 900, 900, 546 })]
    [InlineData("&limit=9999", 1000, new[] { 1000, 1000, 346 })]
    [InlineData("&expand=true&limit=1000", 700, new[] { 700, 700, 700, 246 })]
    public async Task Tree_OverPages_HasEveryEntryOnce(string more, int expanded, int[] sizes)
    {
        await using var client = await StandInClient.StartAsync(new() { ExpandedTreePageSize = expanded });
        var paths = Enumerable.Range(0, 2345).Select(i => string.Create(CultureInfo.InvariantCulture, $"part/{i * 7919 % 2345}.txt")).ToList();
        client.Server.Repositories.Add("lab/long").Commit("main", paths.Aggregate(StandInTree.Empty, (tree, path) => tree.With(path, path)));

        var pages = new List<List<JsonElement>>();
        string? next = "/api/models/lab/long/tree/main?recursive=true" + more;
        while (next is not null)
        {
            using var response = await client.SendAsync(next);
            pages.Add([.. (await StandInClient.ReadJsonAsync(response)).EnumerateArray()]);
            next = response.Headers.TryGetValues("Link", out var link) ? NextLink().Match(link.Single()).Groups["url"].Value : null;
            Assert.True(next is null || next.StartsWith("http://127.0.0.1:", StringComparison.Ordinal));
        }

        Assert.Equal(sizes, pages.Select(p => p.Count));
        Assert.Equal(paths.Append("part").Order(StringComparer.Ordinal), pages.SelectMany(p => p).Select(PathOf).Order(StringComparer.Ordinal));
        Assert.Equal(more.Contains("expand", StringComparison.Ordinal), pages[0][1].TryGetProperty("lastCommit", out _));
    }

    [Fact]
    public async Task Tree_OfALargeFile_HasItsSha256AndThePointersName()
    {
        await using var client = await StandInClient.StartAsync();
        client.Server.Repositories.Add("lab/entry").Commit("main", Small);
        var weights = Hashes.Noise(300);
        var pointer = Encoding.ASCII.GetBytes($"version https://git-lfs.github.com/spec/v1\noid sha256:{Hashes.Sha256(weights)}\nsize 300\n");

        var entries = (await client.JsonAsync("/api/models/lab/entry/tree/main?recursive=true")).EnumerateArray().ToDictionary(PathOf, StringComparer.Ordinal);
        var large = entries["a/b/model.safetensors"];
        Assert.Equal(("file", 300, Hashes.GitBlob(pointer)), (large.GetProperty("type").GetString(), large.GetProperty("size").GetInt32(), large.GetProperty("oid").GetString()));
        Assert.Equal((Hashes.Sha256(weights), 300, pointer.Length), (large.GetProperty("lfs").GetProperty("oid").GetString(), large.GetProperty("lfs").GetProperty("size").GetInt32(), large.GetProperty("lfs").GetProperty("pointerSize").GetInt32()));
        Assert.Equal(Hashes.GitBlob("{}"u8.ToArray()), entries["config.json"].GetProperty("oid").GetString());
        Assert.False(entries["config.json"].TryGetProperty("lfs", out _));
        Assert.Equal("directory", entries["a/b"].GetProperty("type").GetString());
        using var raw = await client.SendAsync("/lab/entry/raw/main/a/b/model.safetensors");
        Assert.Equal(pointer, await raw.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/tree/main", "a config.json")]
    [InlineData("/tree/main/a", "a/b a/x.txt")]
    [InlineData("/tree/main/a?recursive=true", "a/b a/b/model.safetensors a/x.txt")]
    [InlineData("/tree/refs%2Fconvert%2Fparquet/a", "a/b a/x.txt")]
    [InlineData("/tree/refs/convert/parquet/a", "a/b a/x.txt")]
    [InlineData("/tree/feature%2Fx/a", "a/b a/x.txt")]
    [InlineData("/tree/HEAD", "a config.json")]
    public async Task Tree_OfAFolderAndRevision_HasWhatIsThere(string target, string expected)
    {
        await using var client = await StandInClient.StartAsync();
        client.Server.Repositories.Add("lab/folders").Commit("main", Small).Commit("feature/x", Small).CommitConversion("parquet", Small);
        var json = await client.JsonAsync("/api/models/lab/folders" + target);
        Assert.Equal(expected, string.Join(' ', json.EnumerateArray().Select(PathOf)));
    }

    [Theory]
    [InlineData("/api/models/lab/none/tree/main/zzz", 404, "EntryNotFound")]
    [InlineData("/api/models/lab/none/tree/nope", 404, "RevisionNotFound")]
    [InlineData("/api/models/lab/none/revision/nope", 404, "RevisionNotFound")]
    [InlineData("/api/models/lab/none/commits/nope", 404, "RevisionNotFound")]
    [InlineData("/api/models/lab/none/tree/main?cursor=abc", 400, null)]
    [InlineData("/lab/none/resolve/main/zzz", 404, "EntryNotFound")]
    [InlineData("/lab/none/resolve/nope/config.json", 404, "RevisionNotFound")]
    [InlineData("/lab/none/what", 404, null)]
    public async Task Anything_ThatIsNotThere_HasItsCode(string target, int status, string? code)
    {
        await using var client = await StandInClient.StartAsync();
        client.Server.Repositories.Add("lab/none").Commit("main", Small);
        using var response = await client.SendAsync(target);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, response.Headers.TryGetValues("X-Error-Code", out var codes) ? codes.Single() : null);
        Assert.NotEmpty(response.Headers.GetValues("X-Error-Message").Single());
    }

    [Fact]
    public async Task PathsInfo_AsJsonAndAsAForm_HasThoseThatAreThere()
    {
        await using var client = await StandInClient.StartAsync();
        client.Server.Repositories.Add("lab/paths").Commit("main", Small);
        using var json = await client.SendAsync("/api/models/lab/paths/paths-info/main", "POST", content: JsonContent.Create(new { paths = new[] { "a/b", "config.json", "nope" }, expand = true }));
        using var form = await client.SendAsync("/api/models/lab/paths/paths-info/main", "POST", content: new FormUrlEncodedContent([new("paths", "a/b"), new("paths", "config.json"), new("paths", "nope")]));
        using var none = await client.SendAsync("/api/models/lab/paths/paths-info/main", "POST", content: new StringContent("[1"));

        var entries = await StandInClient.ReadJsonAsync(json);
        Assert.Equal(["a/b", "config.json"], entries.EnumerateArray().Select(PathOf));
        Assert.Equal(client.Server.Repositories.All[0].Head("main").Id, entries[1].GetProperty("lastCommit").GetProperty("id").GetString());
        Assert.Equal(["a/b", "config.json"], (await StandInClient.ReadJsonAsync(form)).EnumerateArray().Select(PathOf));
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
    }

    [Fact]
    public async Task Commits_OverPages_AreTheBranchesHistoryNewestFirst()
    {
        await using var client = await StandInClient.StartAsync(new() { CommitPageSize = 3 });
        var repository = client.Server.Repositories.Add("lab/history");
        List<string> ids = [.. Enumerable.Range(0, 7).Select(i => repository.Commit("main", Small, $"change {i}").Head("main").Id)];

        var found = new List<JsonElement>();
        string? next = "/api/models/lab/history/commits/main";
        while (next is not null)
        {
            using var response = await client.SendAsync(next);
            found.AddRange((await StandInClient.ReadJsonAsync(response)).EnumerateArray());
            next = response.Headers.TryGetValues("Link", out var link) ? NextLink().Match(link.Single()).Groups["url"].Value : null;
        }

        Assert.Equal(ids.AsEnumerable().Reverse(), found.Select(c => c.GetProperty("id").GetString()));
        Assert.Equal("change 6", found[0].GetProperty("title").GetString());
        Assert.Equal(3, client.Server.Requests.All.Count);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("lab/model")]
    public async Task Model_OfAnyName_HasCommitAndFiles(string name)
    {
        await using var client = await StandInClient.StartAsync();
        var repository = client.Server.Repositories.Add(name).Commit("main", Small).Commit("dev", Small.Without("config.json"));

        var main = await client.JsonAsync($"/api/models/{name}?blobs=true");
        Assert.Equal((name, repository.Head("main").Id), (main.GetProperty("id").GetString(), main.GetProperty("sha").GetString()));
        Assert.Equal(["a/b/model.safetensors", "a/x.txt", "config.json"], main.GetProperty("siblings").EnumerateArray().Select(s => s.GetProperty("rfilename").GetString()));
        Assert.Equal(Hashes.Sha256(Hashes.Noise(300)), main.GetProperty("siblings")[0].GetProperty("lfs").GetProperty("sha256").GetString());
        Assert.Equal(repository.Head("dev").Id, (await client.JsonAsync($"/api/models/{name}/revision/dev")).GetProperty("sha").GetString());
        Assert.NotEqual(repository.Head("dev").Id, repository.Head("main").Id);
        Assert.Equal(2, (await client.JsonAsync($"/api/models/{name}/refs")).GetProperty("branches").GetArrayLength());
        using var file = await client.SendAsync($"/{name}/resolve/main/a/x.txt");
        using var there = await client.SendAsync(file.Headers.Location!.OriginalString);
        Assert.Equal("x", await there.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Tree_OfNamesThatLeaveTheFolder_HasThemAsTheyAre()
    {
        await using var client = await StandInClient.StartAsync();
        string[] names = ["../x", "/etc/x", "a\0b", "b\u001b[31m", "c\nd", "..\\x", "con.txt "];
        client.Server.Repositories.Add("lab/evil").Commit("main", names.Aggregate(StandInTree.Empty, (tree, name) => tree.With(name, name)));
        var listed = (await client.JsonAsync("/api/models/lab/evil/tree/main?recursive=true")).EnumerateArray().Where(e => e.GetProperty("type").GetString() == "file").Select(PathOf);
        Assert.Equal(names.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Tree_OfAFileThatLies_SaysTheLieAndSendsTheTruth()
    {
        await using var client = await StandInClient.StartAsync();
        var lie = StandInFile.Of(Hashes.Noise(1000)).Claiming(size: 1L << 50, sha256: new string('f', 64));
        client.Server.Repositories.Add("lab/lie").Commit("main", StandInTree.Empty.With("model.safetensors", lie));

        var entry = (await client.JsonAsync("/api/models/lab/lie/tree/main"))[0];
        Assert.Equal((1L << 50, new string('f', 64)), (entry.GetProperty("size").GetInt64(), entry.GetProperty("lfs").GetProperty("oid").GetString()));
        using var head = await client.SendAsync("/lab/lie/resolve/main/model.safetensors", "HEAD");
        Assert.Equal((1L << 50).ToString(CultureInfo.InvariantCulture), head.Headers.GetValues("X-Linked-Size").Single());
        using var body = await client.SendAsync(head.Headers.Location!.OriginalString);
        Assert.Equal(Hashes.Noise(1000), await body.Content.ReadAsByteArrayAsync());
    }

    private static string PathOf(JsonElement entry) => entry.GetProperty("path").GetString()!;

    private static IEnumerable<string> Names(JsonElement json, string kind) => json.GetProperty(kind).EnumerateArray().Select(r => $"{r.GetProperty("name").GetString()} {r.GetProperty("ref").GetString()}");

    [GeneratedRegex("^<(?<url>[^>]+)>; rel=\"next\"$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NextLink();
}
