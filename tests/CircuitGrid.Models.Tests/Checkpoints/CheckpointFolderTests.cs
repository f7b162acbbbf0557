using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void IsComplete_SafetensorsGrowingByteByByte_OnlyAtItsEnd()
    {
        ModelSamples.Write(_folder["whole"], ModelSamples.GptNeoX, seed: 1);
        var config = File.ReadAllBytes(Path.Combine(_folder["whole"], "config.json"));
        var weights = File.ReadAllBytes(Path.Combine(_folder["whole"], "model.safetensors"));
        Directory.CreateDirectory(_folder["step1"]);

        AssertIncomplete("config.json: doesn't exist");
        File.WriteAllBytes(Path.Combine(_folder["step1"], "config.json"), config[..^2]);
        AssertIncomplete("config.json: isn't valid JSON");
        File.WriteAllBytes(Path.Combine(_folder["step1"], "config.json"), config);
        AssertIncomplete("has no weights");
        var path = Path.Combine(_folder["step1"], "model.safetensors");
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            foreach (var length in new[] { 0, 5, 8, 100, 3_000, weights.Length - 1 })
            {
                file.Write(weights, (int)file.Length, length - (int)file.Length);
                file.Flush();
                AssertIncomplete("model.safetensors: ");
            }

            file.Write(weights, (int)file.Length, 1);
        }

        Assert.True(CheckpointFolder.IsComplete(_folder["step1"], out var reason));
        Assert.Null(reason);
    }

    [Fact]
    public void IsComplete_TorchFileCutShort_IsNot()
    {
        var weights = ModelSamples.Write(_folder["step1"], ModelSamples.GptNeoX, seed: 1);
        File.Delete(Path.Combine(_folder["step1"], "model.safetensors"));
        var path = Path.Combine(_folder["step1"], "pytorch_model.bin");
        TorchArchive.Write(path, TensorLayout.Of(ModelSamples.GptNeoX), weights, ElementKind.F16);
        Assert.True(CheckpointFolder.IsComplete(_folder["step1"], out _));

        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);

        AssertIncomplete("pytorch_model.bin: as a ZIP file has no directory at its end; the file is cut short");
    }

    [Fact]
    public void IsComplete_ShardThatIsNotThereYet_IsNamed()
    {
        Directory.CreateDirectory(_folder["step1"]);
        using var step = new TemporaryFolder();
        ShardedCheckpoint.WriteSafetensors(step, ModelSamples.GptNeoX, ModelSamples.Weights(ModelSamples.GptNeoX, seed: 1), ElementKind.F16, shards: 2);
        Assert.True(CheckpointFolder.IsComplete(step.Path, out _));

        File.Delete(step["model-00002-of-00002.safetensors"]);

        Assert.False(CheckpointFolder.IsComplete(step.Path, out var reason));
        Assert.Equal($"{step["model.safetensors.index.json"]}: names a shard that isn't there: model-00002-of-00002.safetensors", reason);
    }

    [Fact]
    public void IsComplete_WholeButWrong_IsForOpeningToSay()
    {
        ModelSamples.Write(_folder["step1"], ModelSamples.GptNeoX, seed: 1);
        using (var config = File.Create(Path.Combine(_folder["step1"], "config.json")))
        {
            (ModelSamples.GptNeoX with { Vocabulary = 11 }).Write(config, ElementKind.F32);
        }

        Assert.True(CheckpointFolder.IsComplete(_folder["step1"], out _));
        Assert.Contains("has shape [10, 8]; config.json calls for [11, 8]", Assert.Throws<Compute.InvalidInputException>(() => Checkpoint.Open(_folder["step1"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"model_type\"", "\"scale\": 2, \"model_type\"", "has a key 'scale'")]
    [InlineData("\"hidden_size\"", "\"width\"", "hidden_size is missing")]
    public void IsComplete_ConfigurationThatIsWholeAndWrong_IsForOpeningToSay(string text, string replacement, string reason)
    {
        ModelSamples.Write(_folder["step1"], ModelSamples.GptNeoX, seed: 1);
        var path = Path.Combine(_folder["step1"], "config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace(text, replacement, StringComparison.Ordinal));

        Assert.True(CheckpointFolder.IsComplete(_folder["step1"], out _));
        Assert.Contains(reason, Assert.ThrowsAny<Compute.InvalidInputException>(() => Checkpoint.Open(_folder["step1"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IsComplete_NoFolder_IsNot() => AssertIncomplete("step1: doesn't exist");

    private void AssertIncomplete(string reason)
    {
        Assert.False(CheckpointFolder.IsComplete(_folder["step1"], out var actual));
        Assert.Contains(reason, actual, StringComparison.Ordinal);
    }
}
