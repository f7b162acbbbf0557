using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Formats;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tests.Files;

namespace CircuitGrid.Models.Tests.Checkpoints;

public sealed class ShardedCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_TensorsInThreeFiles_GivesThoseOfOne(bool torch)
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 6);
        Write(torch, weights);

        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Equal(3, checkpoint.Tensors.Select(tensor => tensor.File).Distinct().Count());
        foreach (var tensor in checkpoint.Tensors)
        {
            Assert.Equal(weights[tensor.Name], checkpoint.Read(tensor.Name));
        }
    }

    [Theory]
    [InlineData("\"model-00002-of-00003.safetensors\"", "\"../model.safetensors\"", "isn't the name of a file in this folder")]
    [InlineData("\"model-00002-of-00003.safetensors\"", "\"/etc/passwd\"", "isn't the name of a file in this folder")]
    [InlineData("\"model-00002-of-00003.safetensors\"", "7", "must be a text")]
    [InlineData("\"model-00002-of-00003.safetensors\"", "\"model-00004-of-00003.safetensors\"", "model.safetensors.index.json: names a shard that isn't there: model-00004-of-00003.safetensors")]
    [InlineData("weight_map", "weights", "has no weight_map")]
    [InlineData("embed_out.weight", "embed_out.wait", "tensor embed_out.wait: isn't in this shard although model.safetensors.index.json says so")]
    public void Open_IndexThatIsWrong_SaysWhatIs(string text, string replacement, string reason)
    {
        Write(torch: false, ModelSamples.Weights(ModelSamples.GptNeoX, seed: 6));
        var index = _folder["model.safetensors.index.json"];
        File.WriteAllText(index, File.ReadAllText(index).Replace(text, replacement, StringComparison.Ordinal));

        Assert.Contains(reason, Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Open_IndexThatSaysMore_IsRefusedUnlessTheKeyIsIgnored(bool torch)
    {
        Write(torch, ModelSamples.Weights(ModelSamples.GptNeoX, seed: 6));
        var index = Directory.GetFiles(_folder.Path, "*.index.json").Single();
        File.WriteAllText(index, File.ReadAllText(index).Replace("\"weight_map\"", "\"scales\": [2], \"empty\": [], \"weight_map\"", StringComparison.Ordinal));

        Assert.StartsWith($"{index}: has a key 'scales', which isn't known; it is [2]. If", Assert.Throws<UnknownKeyException>(() => Checkpoint.Open(_folder.Path)).Message, StringComparison.Ordinal);
        var foreign = new ForeignKeys(["scales"]);
        Checkpoint.Open(_folder.Path, foreign).Dispose();
        Assert.Equal([new ForeignNote(index, "scales")], foreign.PassedOver);
        Assert.Equal([new ForeignNote(index, "has a key 'empty', which isn't known; it is [] and is passed over")], foreign.Notes);
        Assert.True(CheckpointFolder.IsComplete(_folder.Path, out _));
    }

    [Fact]
    public void Open_ShardThatIsCutShort_IsNamed()
    {
        Write(torch: false, ModelSamples.Weights(ModelSamples.GptNeoX, seed: 6));
        var shard = _folder["model-00002-of-00003.safetensors"];
        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..^1]);

        Assert.StartsWith(shard, Refusal(), StringComparison.Ordinal);
        Assert.Contains("the file is cut short", Refusal(), StringComparison.Ordinal);
    }

    private void Write(bool torch, IReadOnlyDictionary<string, float[]> weights)
    {
        if (torch)
        {
            ShardedCheckpoint.WriteTorch(_folder, ModelSamples.GptNeoX, weights, ElementKind.F16, shards: 3);
        }
        else
        {
            ShardedCheckpoint.WriteSafetensors(_folder, ModelSamples.GptNeoX, weights, ElementKind.F16, shards: 3);
        }
    }

    private string Refusal() => Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message;

    [Fact]
    public void Index_AnyChangeOfAKey_IsAnErrorOrChangesNothing() => KeyChanges.AssertNoneIsMissed(
        """{"metadata": {"total_size": 12}, "weight_map": {"a.weight": "model-1.safetensors", "b.weight": "model-2.safetensors", "c.weight": "model-1.safetensors"}}""",
        (json, foreign) =>
        {
            var path = _folder["model.safetensors.index.json"];
            File.WriteAllText(path, json);
            ShardIndex.Check(path, foreign);
            return string.Join('\n', ShardIndex.Read(path).Select(s => $"{s.Shard}: {string.Join(' ', s.Tensors)}"));
        },
        open: ["metadata"],
        names: ["weight_map"],
        nulls: ["metadata"]);
}
