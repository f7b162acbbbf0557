using System.Buffers.Binary;
using System.Text.Json;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Suites;

namespace CircuitGrid.HubStandIn.Tests;

public sealed class NanoHubTests
{
    private const string Weights = "model.safetensors";
    private static readonly NanoHub Nano = NanoHub.OfWorkingTree();

    [Theory]
    [InlineData(MainBranch.LastStep, ".gitattributes config.json lexicon.json model.safetensors tokenizer.json")]
    [InlineData(MainBranch.Stub, ".gitattributes README.md")]
    [InlineData(MainBranch.Empty, ".gitattributes")]
    public async Task Add_OfAllModels_HasABranchForEachStepAndTheMainAskedFor(MainBranch main, string files)
    {
        await using var server = await HubStandInServer.StartAsync();
        var repositories = Nano.AddAll(server, main);
        Assert.Equal(["nano-lab/nano-2l", "nano-lab/nano-3l", "nano-lab/nano-4l"], repositories.Select(r => r.Name));
        Assert.All(repositories, r =>
        {
            Assert.Equal(
                [0, 64, 128, 256, 384, 512, 640, 768, 1000, 1250, 1500, 1750, 2000, 2500, 3000, 4000],
                r.References.Where(b => b.Name != "main").Select(b => int.Parse(b.Name["step".Length..], System.Globalization.CultureInfo.InvariantCulture)).Order());
            Assert.Equal(files, string.Join(' ', r.Head("main").Tree.Files.Keys));
        });
        if (main == MainBranch.LastStep)
        {
            Assert.Equal(Sha(repositories[2], "step4000"), Sha(repositories[2], "main"));
            Assert.NotEqual(Sha(repositories[2], "step3000"), Sha(repositories[2], "main"));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Shards_OfWeights_HaveEachTensorsBytesOnce(int count)
    {
        var whole = TensorsOf(BytesOf(Nano.Checkpoint("nano-3l", 64).Files[Weights]));
        var tree = Nano.Sharded("nano-3l", 64, count);
        Assert.False(tree.Files.ContainsKey(Weights));
        using var index = JsonDocument.Parse(BytesOf(tree.Files["model.safetensors.index.json"]));
        var map = index.RootElement.GetProperty("weight_map").EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetString()!, StringComparer.Ordinal);
        var shards = map.Values.Distinct(StringComparer.Ordinal).ToDictionary(s => s, s => TensorsOf(BytesOf(tree.Files[s])), StringComparer.Ordinal);

        Assert.Equal(count, shards.Count);
        Assert.All(shards.Values, s => Assert.NotEmpty(s));
        Assert.Equal(whole.Keys.Order(StringComparer.Ordinal), map.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(whole.Count, shards.Values.Sum(s => s.Count));
        Assert.All(whole, t => Assert.Equal(t.Value, shards[map[t.Key]][t.Key]));
        Assert.Equal(whole.Values.Sum(t => t.Bytes.Length / 2), index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt32());
    }

    [Fact]
    public async Task SpoiledRepositories_AreSpoiledWhereTheySay()
    {
        await using var server = await HubStandInServer.StartAsync();
        var repository = Nano.Add(server, "nano-2l");
        var shards = Nano.Sharded("nano-2l", 256).Files.Where(f => f.Key.StartsWith("model-", StringComparison.Ordinal)).ToList();

        Nano.AddStaleSingleFile(repository, "nano-2l", 256, staleStep: 4000);
        Assert.Equal(Sha(repository, "main"), Sha(repository, "step256"));
        Assert.All(shards, s => Assert.Equal(s.Value.Digests, repository.Head("step256").Tree.Files[s.Key].Digests));

        Nano.AddCopy(repository, "nano-2l", 512, copiedStep: 640);
        Assert.Equal(Sha(repository, "step640"), Sha(repository, "step512"));

        Nano.AddStaleShard(repository, "nano-2l", 256, staleStep: 4000);
        var spoiled = repository.Head("step256").Tree;
        Assert.Equal(shards[0].Value.Digests, spoiled.Files[shards[0].Key].Digests);
        Assert.NotEqual(shards[1].Value.Digests, spoiled.Files[shards[1].Key].Digests);
        Assert.Equal(Nano.Sharded("nano-2l", 4000).Files[shards[1].Key].Digests, spoiled.Files[shards[1].Key].Digests);
        Assert.False(spoiled.Files.ContainsKey(Weights));
    }

    [Fact]
    public async Task Subfolders_OfMain_AreCheckpoints()
    {
        await using var server = await HubStandInServer.StartAsync();
        var tree = Nano.AddSubfolders(server, "lab/folders", "nano-2l", [0, 64, 1000]).Head("main").Tree;
        Assert.Equal(["step-0000", "step-0064", "step-1000"], tree.Files.Keys.Where(p => p.Contains('/', StringComparison.Ordinal)).Select(p => p.Split('/')[0]).Distinct(StringComparer.Ordinal));
        Assert.Equal(Nano.Checkpoint("nano-2l", 64).Files[Weights].Digests, tree.Files[$"step-0064/{Weights}"].Digests);
        Assert.True(tree.Files.ContainsKey("step-0000/tokenizer.json"));
    }

    [Fact]
    public async Task ManyRevisions_AreListedAndHaveWeightsOfTheirOwn()
    {
        await using var client = await StandInClient.StartAsync();
        var repository = Nano.AddMany(client.Server, "lab/olmo");
        var refs = await client.JsonAsync("/api/models/lab/olmo/refs");
        Assert.Equal(1422, refs.GetProperty("branches").GetArrayLength());
        Assert.Equal(1422, refs.GetProperty("branches").EnumerateArray().Select(b => b.GetProperty("targetCommit").GetString()).Distinct(StringComparer.Ordinal).Count());

        var shas = new HashSet<string>(StringComparer.Ordinal);
        foreach (var step in (int[])[0, 1000, 700_000, 1_420_000])
        {
            var tree = await client.JsonAsync($"/api/models/lab/olmo/tree/stage1-step{step}?recursive=true");
            var sha = tree.EnumerateArray().Single(e => e.GetProperty("path").GetString() == Weights).GetProperty("lfs").GetProperty("oid").GetString()!;
            Assert.True(shas.Add(sha));
            using var body = await client.SendAsync(await client.LocateAsync($"/lab/olmo/resolve/stage1-step{step}/{Weights}"));
            Assert.Equal(sha, Hashes.Sha256(await body.Content.ReadAsByteArrayAsync()));
        }

        Assert.Equal(TensorsOf(BytesOf(Nano.Checkpoint("nano-2l", 4000).Files[Weights])).Keys, TensorsOf(BytesOf(repository.Head("stage1-step5000").Tree.Files[Weights])).Keys);
    }

    private static string Sha(StandInRepository repository, string revision) => repository.Head(revision).Tree.Files[Weights].Digests.Sha256;

    private static byte[] BytesOf(StandInFile file)
    {
        using var stream = file.OpenRead();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Type, shape and bytes (in hexadecimal) of every tensor.</summary>
    private static Dictionary<string, (string Type, string Shape, string Bytes)> TensorsOf(byte[] file)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, length));
        Assert.Equal(0, (8 + length) % 8);
        var tensors = header.RootElement.EnumerateObject().Where(t => t.Name != "__metadata__").ToList();
        Assert.Equal(file.Length - 8 - length, tensors.Max(t => t.Value.GetProperty("data_offsets")[1].GetInt32()));
        return tensors.ToDictionary(
            t => t.Name,
            t => (t.Value.GetProperty("dtype").GetString()!, t.Value.GetProperty("shape").GetRawText(), Convert.ToHexString(file.AsSpan(8 + length)[t.Value.GetProperty("data_offsets")[0].GetInt32()..t.Value.GetProperty("data_offsets")[1].GetInt32()])),
            StringComparer.Ordinal);
    }
}
