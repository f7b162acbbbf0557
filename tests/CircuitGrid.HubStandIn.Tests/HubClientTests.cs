using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Suites;

namespace CircuitGrid.HubStandIn.Tests;

/// <summary>A client that nobody here wrote lists and downloads from the stand-in.</summary>
public sealed class HubClientTests
{
    private const string Token = "hf_accepted";

    [Fact]
    public async Task ListFiles_OverPages_FindsEveryFile()
    {
        await using var server = await HubStandInServer.StartAsync(new() { TreePageSize = 40 });
        var paths = Enumerable.Range(0, 130).Select(i => string.Create(CultureInfo.InvariantCulture, $"part-{i % 7}/{i}.txt")).ToList();
        server.Repositories.Add("lab/long").Commit("step100", paths.Aggregate(StandInTree.Empty.With("model.safetensors", Hashes.Noise(500)), (tree, path) => tree.With(path, path)));

        var listed = await ValueAsync(server, "listFiles", Of("lab/long", ("revision", "step100"), ("recursive", true)));
        var files = listed.EnumerateArray().Where(e => e.GetProperty("type").GetString() == "file").ToDictionary(e => e.GetProperty("path").GetString()!, StringComparer.Ordinal);
        Assert.Equal(paths.Append("model.safetensors").Order(StringComparer.Ordinal), files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Hashes.Sha256(Hashes.Noise(500)), files["model.safetensors"].GetProperty("lfs").GetProperty("oid").GetString());
        Assert.Equal(4, server.Requests.Of(RequestKind.Tree).Count);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    public async Task DownloadFile_OfAStep_GivesTheFilesBytes(string path)
    {
        await using var server = await HubStandInServer.StartAsync();
        var nano = NanoHub.OfWorkingTree();
        var repository = nano.Add(server, "nano-2l", MainBranch.Empty, [64]);
        var file = repository.Head("step64").Tree.Files[path];
        using var bytes = new MemoryStream();
        await using (var stream = file.OpenRead())
        {
            await stream.CopyToAsync(bytes);
        }

        var got = await ValueAsync(server, "downloadFile", Of("nano-lab/nano-2l", ("revision", "step64"), ("path", path)));
        Assert.Equal((bytes.Length, Hashes.Sha256(bytes.ToArray())), (got.GetProperty("size").GetInt64(), got.GetProperty("sha256").GetString()));
        Assert.Equal(path == "model.safetensors" ? StandInHost.Storage : StandInHost.Hub, server.Requests.All[^1].Host);
    }

    [Fact]
    public async Task FileDownloadInfo_OfFiles_HasSizeAndTag()
    {
        await using var server = await HubStandInServer.StartAsync();
        server.Repositories.Add("lab/info").Commit("feature/x", StandInTree.Empty.With("a b.json", "{}").With("model.safetensors", Hashes.Noise(12_345)));

        var small = await ValueAsync(server, "fileDownloadInfo", Of("lab/info", ("revision", "feature/x"), ("path", "a%20b.json")));
        Assert.Equal((2, $"\"{Hashes.GitBlob("{}"u8.ToArray())}\""), (small.GetProperty("size").GetInt32(), small.GetProperty("etag").GetString()));
        Assert.Equal(12_345, (await ValueAsync(server, "fileDownloadInfo", Of("lab/info", ("revision", "feature/x"), ("path", "model.safetensors")))).GetProperty("size").GetInt32());
        Assert.Equal(JsonValueKind.Null, (await ValueAsync(server, "fileDownloadInfo", Of("lab/info", ("revision", "feature/x"), ("path", "none.json")))).ValueKind);
    }

    [Fact]
    public async Task PrivateRepository_OnlyWithItsToken_AndTheTokenStaysOnTheHub()
    {
        await using var server = await HubStandInServer.StartAsync();
        server.Repositories.Add("lab/private").Commit("main", StandInTree.Empty.With("model.safetensors", Hashes.Noise(2_000_000))).MakePrivate(Token);

        Assert.Equal(401, (await HubClient.CallAsync(server, "listFiles", Of("lab/private"))).GetProperty("status").GetInt32());
        Assert.Equal(401, (await HubClient.CallAsync(server, "downloadFile", Of("lab/private", ("path", "model.safetensors")))).GetProperty("status").GetInt32());
        Assert.Equal(1, (await ValueAsync(server, "listFiles", Of("lab/private", ("accessToken", Token)))).GetArrayLength());
        Assert.Equal(Hashes.Sha256(Hashes.Noise(2_000_000)), (await ValueAsync(server, "downloadFile", Of("lab/private", ("path", "model.safetensors"), ("accessToken", Token)))).GetProperty("sha256").GetString());
        Assert.Contains(server.Requests.All, r => r.HadAuthorization);
        Assert.NotEmpty(server.Requests.Of(RequestKind.Large));
        Assert.Empty(server.Requests.LeakedTokens);
    }

    [Fact]
    public async Task GatedRepository_IsListedForAll_AndDownloadedByWhoWasAccepted()
    {
        await using var server = await HubStandInServer.StartAsync(new() { Tokens = ["hf_stranger"] });
        server.Repositories.Add("lab/gated").Commit("main", StandInTree.Empty.With("config.json", "{}")).Gate(Token);
        Assert.Equal(1, (await ValueAsync(server, "listFiles", Of("lab/gated"))).GetArrayLength());
        var refused = await HubClient.CallAsync(server, "downloadFile", Of("lab/gated", ("path", "config.json"), ("accessToken", "hf_stranger")));
        Assert.Equal(403, refused.GetProperty("status").GetInt32());
        Assert.StartsWith("Access to model lab/gated is restricted and you are not in the authorized list.", refused.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, (await ValueAsync(server, "downloadFile", Of("lab/gated", ("path", "config.json"), ("accessToken", Token)))).GetProperty("size").GetInt32());
    }

    [Fact]
    public async Task RenamedRepository_IsListedAndDownloadedByItsOldName()
    {
        await using var server = await HubStandInServer.StartAsync();
        server.Repositories.Add("LLM360/Amber").Commit("ckpt_000", StandInTree.Empty.With("model.safetensors", Hashes.Noise(900)));
        server.Repositories.Rename("LLM360/Amber", "IFM/Amber");
        Assert.Equal(1, (await ValueAsync(server, "listFiles", Of("LLM360/Amber", ("revision", "ckpt_000")))).GetArrayLength());
        Assert.Equal(Hashes.Sha256(Hashes.Noise(900)), (await ValueAsync(server, "downloadFile", Of("LLM360/Amber", ("revision", "ckpt_000"), ("path", "model.safetensors")))).GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task ModelInfoPathsAndCommits_AreRead()
    {
        await using var server = await HubStandInServer.StartAsync();
        var repository = server.Repositories.Add("gpt2");
        for (var i = 0; i < 5; i++)
        {
            repository.Commit("main", StandInTree.Empty.With("config.json", $"{i}").With("model.safetensors", Hashes.Noise(100)), $"change {i}");
        }

        var info = await ValueAsync(server, "modelInfo", new() { ["name"] = "gpt2", ["revision"] = "main", ["additionalFields"] = new JsonArray("sha", "filePaths") });
        Assert.Equal(("gpt2", repository.Head("main").Id), (info.GetProperty("name").GetString(), info.GetProperty("sha").GetString()));
        Assert.Equal(["config.json", "model.safetensors"], info.GetProperty("filePaths").EnumerateArray().Select(p => p.GetString()));

        var commits = await ValueAsync(server, "listCommits", Of("gpt2", ("batchSize", 2)));
        Assert.Equal(["change 4", "change 3", "change 2", "change 1", "change 0"], commits.EnumerateArray().Select(c => c.GetProperty("title").GetString()));
        Assert.Equal(3, server.Requests.Of(RequestKind.Commits).Count);

        var paths = await ValueAsync(server, "pathsInfo", Of("gpt2", ("paths", new JsonArray("model.safetensors", "none")), ("expand", true)));
        Assert.Equal(Hashes.Sha256(Hashes.Noise(100)), Assert.Single(paths.EnumerateArray()).GetProperty("lfs").GetProperty("oid").GetString());
    }

    [Fact]
    public async Task SafetensorsMetadata_OfWholeAndSplitWeights_CountsTheSameParameters()
    {
        await using var server = await HubStandInServer.StartAsync();
        var nano = NanoHub.OfWorkingTree();
        server.Repositories.Add("lab/whole").Commit("main", nano.Checkpoint("nano-2l", 64));
        server.Repositories.Add("lab/split").Commit("main", nano.Sharded("nano-2l", 64, 3));
        var parameters = new JsonObject { ["computeParametersCount"] = true, ["repo"] = "lab/whole" };
        var whole = await ValueAsync(server, "parseSafetensorsMetadata", (JsonObject)parameters.DeepClone());
        Assert.True(server.Requests.LargeBytes < 50_000);
        parameters["repo"] = "lab/split";
        var split = await ValueAsync(server, "parseSafetensorsMetadata", parameters);

        Assert.Equal([false, true], [whole.GetProperty("sharded").GetBoolean(), split.GetProperty("sharded").GetBoolean()]);
        Assert.True(whole.GetProperty("parameterCount").GetProperty("F16").GetInt64() > 100_000);
        Assert.Equal(whole.GetProperty("parameterCount").GetRawText(), split.GetProperty("parameterCount").GetRawText());
        Assert.Equal(3, split.GetProperty("headers").EnumerateObject().Count());
    }

    [Fact]
    public async Task DownloadToCache_WritesTheLayoutWithTheHubsNames()
    {
        await using var server = await HubStandInServer.StartAsync();
        var nano = NanoHub.OfWorkingTree();
        var repository = nano.Add(server, "nano-2l", MainBranch.Empty, [64]);
        var cache = Directory.CreateTempSubdirectory("circuitgrid-").FullName;
        try
        {
            var path = (await ValueAsync(server, "downloadFileToCacheDir", Of("nano-lab/nano-2l", ("revision", "step64"), ("path", "model.safetensors"), ("cacheDir", cache)))).GetString()!;
            Assert.Equal(Path.Combine(cache, "models--nano-lab--nano-2l", "snapshots", repository.Head("step64").Id, "model.safetensors"), path);
            var blob = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)!;
            Assert.Equal(Hashes.Sha256(await File.ReadAllBytesAsync(path)), blob.Name);
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    [Fact]
    public async Task Faults_ReachIt()
    {
        await using var server = await HubStandInServer.StartAsync();
        server.Repositories.Add("lab/faulty").Commit("main", StandInTree.Empty.With("model.safetensors", Hashes.Noise(1000)));
        server.Faults.Next(1, Fault.RateLimited(30), RequestKind.Tree);
        Assert.Equal(429, (await HubClient.CallAsync(server, "listFiles", Of("lab/faulty"))).GetProperty("status").GetInt32());
        server.Faults.Always(Fault.WrongBytes(10), RequestKind.Large);
        var wrong = Hashes.Noise(1000);
        wrong[10] ^= 0x55;
        Assert.Equal(Hashes.Sha256(wrong), (await ValueAsync(server, "downloadFile", Of("lab/faulty", ("path", "model.safetensors")))).GetProperty("sha256").GetString());
    }

    private static JsonObject Of(string repository, params (string Name, JsonNode Value)[] more)
    {
        var json = new JsonObject { ["repo"] = repository };
        foreach (var (name, value) in more)
        {
            json[name] = value;
        }

        return json;
    }

    private static async Task<JsonElement> ValueAsync(HubStandInServer server, string function, JsonObject parameters)
    {
        var answer = await HubClient.CallAsync(server, function, parameters);
        Assert.True(answer.TryGetProperty("value", out var value), answer.GetRawText());
        return value;
    }
}
