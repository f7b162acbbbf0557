using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>A folder with weights of several kinds, each with its own numbers: which are read is seen by them.</summary>
public sealed class WeightKindTests : IDisposable
{
    private const string Bias = "gpt_neox.layers.1.attention.dense.bias";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_EverySetOfKinds_ReadsTheFirstOrTheOneAskedFor()
    {
        var all = Enum.GetValues<WeightKind>();
        for (var set = 1; set < 1 << all.Length; set++)
        {
            using var folder = new TemporaryFolder();
            var there = all.Where(kind => (set & (1 << (int)kind)) != 0).ToList();
            there.ForEach(kind => Write(folder, kind));

            Assert.Equal(there, CheckpointFolder.WeightKinds(folder.Path));
            Assert.Equal((float)there[0], Read(folder, kind: null));
            foreach (var kind in there)
            {
                Assert.Equal((float)kind, Read(folder, kind));
                Assert.True(CheckpointFolder.IsComplete(folder.Path, out _, kind));
            }

            foreach (var kind in all.Except(there))
            {
                var message = Assert.Throws<InvalidInputException>(() => Checkpoint.Open(folder.Path, kind: kind)).Message;
                Assert.StartsWith($"{folder.Path}: has no {kind.FileName()}; its weights are {there[0].FileName()}", message, StringComparison.Ordinal);
                Assert.False(CheckpointFolder.IsComplete(folder.Path, out _, kind));
            }
        }

        Assert.Empty(CheckpointFolder.WeightKinds(_folder.Path));
        Assert.Equal(["model.safetensors.index.json", "pytorch_model.bin.index.json", "model.safetensors", "pytorch_model.bin"], all.Select(kind => kind.FileName()));
    }

    [Fact]
    public void IsComplete_OfTheKindAskedFor_LooksAtThatAlone()
    {
        Write(_folder, WeightKind.SafetensorsShards);
        Write(_folder, WeightKind.Torch);
        File.WriteAllBytes(_folder["pytorch_model.bin"], File.ReadAllBytes(_folder["pytorch_model.bin"])[..^1]);

        Assert.True(CheckpointFolder.IsComplete(_folder.Path, out _));
        Assert.False(CheckpointFolder.IsComplete(_folder.Path, out var reason, WeightKind.Torch));
        Assert.Contains("pytorch_model.bin: as a ZIP file has no directory", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadConfig_OfTheKindAskedFor_ChecksThatIndexAlone()
    {
        Write(_folder, WeightKind.SafetensorsShards);
        Write(_folder, WeightKind.TorchShards);
        Write(_folder, WeightKind.Safetensors);
        var index = _folder["pytorch_model.bin.index.json"];
        File.WriteAllText(index, File.ReadAllText(index).Replace("\"weight_map\"", "\"scales\": [2], \"weight_map\"", StringComparison.Ordinal));

        CheckpointFolder.ReadConfig(_folder.Path);
        CheckpointFolder.ReadConfig(_folder.Path, kind: WeightKind.Safetensors);
        Assert.StartsWith(index, Assert.Throws<UnknownKeyException>(() => CheckpointFolder.ReadConfig(_folder.Path, kind: WeightKind.TorchShards)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WeightKind.SafetensorsShards, "model.safetensors.index.json", "model-0000{0}-of-00003.safetensors")]
    [InlineData(WeightKind.TorchShards, "pytorch_model.bin.index.json", "pytorch_model-0000{0}-of-00003.bin")]
    public void Open_ShardsThatAreMissing_AreAllNamed(WeightKind kind, string index, string shard)
    {
        string Shard(int number) => shard.Replace("{0}", $"{number}", StringComparison.Ordinal);
        Write(_folder, kind);

        File.Delete(_folder[Shard(3)]);
        AssertRefused($"{_folder[index]}: names a shard that isn't there: {Shard(3)}");
        File.Delete(_folder[Shard(1)]);
        AssertRefused($"{_folder[index]}: names 3 shards, of which 2 aren't there: {Shard(1)} and {Shard(3)}");
        File.Delete(_folder[Shard(2)]);
        AssertRefused($"{_folder[index]}: names 3 shards, of which 3 aren't there: {Shard(1)}, {Shard(2)} and {Shard(3)}");

        // A whole file beside the index isn't silently taken instead.
        Write(_folder, WeightKind.Safetensors);
        AssertRefused($"{_folder[index]}: names 3 shards, of which 3 aren't there: {Shard(1)}, {Shard(2)} and {Shard(3)}. model.safetensors beside it isn't read in their place; if that is the model, take the index away");
        Assert.Equal((float)WeightKind.Safetensors, Read(_folder, WeightKind.Safetensors));
    }

    private static void Write(TemporaryFolder folder, WeightKind kind)
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 6);
        weights[Bias][0] = (float)kind;
        switch (kind)
        {
            case WeightKind.SafetensorsShards:
                ShardedCheckpoint.WriteSafetensors(folder, ModelSamples.GptNeoX, weights, ElementKind.F16, shards: 3);
                break;
            case WeightKind.TorchShards:
                ShardedCheckpoint.WriteTorch(folder, ModelSamples.GptNeoX, weights, ElementKind.F16, shards: 3);
                break;
            case WeightKind.Safetensors:
                CheckpointWriter.Write(folder.Path, ModelSamples.GptNeoX, weights, ElementKind.F16);
                break;
            default:
                using (var config = File.Create(folder["config.json"]))
                {
                    ModelSamples.GptNeoX.Write(config, ElementKind.F32);
                }

                TorchArchive.Write(folder["pytorch_model.bin"], TensorLayout.Of(ModelSamples.GptNeoX), weights, ElementKind.F16);
                break;
        }
    }

    private static float Read(TemporaryFolder folder, WeightKind? kind)
    {
        using var checkpoint = Checkpoint.Open(folder.Path, kind: kind);
        return checkpoint.Read(Bias)[0];
    }

    private void AssertRefused(string message)
    {
        Assert.Equal(message, Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message);
        Assert.False(CheckpointFolder.IsComplete(_folder.Path, out var reason));
        Assert.Equal(message, reason);
    }
}
