using System.Buffers.Binary;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>The reference models' files, held against a second, plain reading of the format.</summary>
public sealed class GoldenCheckpointTests
{
    private static string Folder(string model) => Path.Combine(AppContext.BaseDirectory, "golden", model);

    [Fact]
    public void Read_GptNeoXConfig_TakesEverySettingFromTheFile()
    {
        var config = ModelConfig.Read(Path.Combine(Folder("neox_tiny25"), "config.json"));

        var expected = new ModelConfig
        {
            Family = Families.GptNeoX,
            Layers = 2,
            Heads = 4,
            Width = 32,
            MlpWidth = 128,
            Vocabulary = 64,
            ContextLength = 32,
            Norms = new(NormKind.LayerNorm, 1e-5),
            Activation = Activation.Gelu,
            ParallelResidual = true,
            TiedUnembedding = false,
            Rotary = new Rotary(2, 10000),
        };
        Assert.Equal(expected, config);
        Assert.Equal(8, config.HeadWidth);
    }

    [Fact]
    public void Read_Gpt2Config_TakesEverySettingFromTheFile()
    {
        var config = ModelConfig.Read(Path.Combine(Folder("gpt2_tiny"), "config.json"));

        var expected = new ModelConfig
        {
            Family = Families.Gpt2,
            Layers = 2,
            Heads = 4,
            Width = 32,
            MlpWidth = 128,
            Vocabulary = 64,
            ContextLength = 32,
            Norms = new(NormKind.LayerNorm, 1e-5),
            Activation = Activation.GeluTanh,
            ParallelResidual = false,
            TiedUnembedding = true,
            Rotary = null,
        };
        Assert.Equal(expected, config);
    }

    [Theory]
    [InlineData("neox_tiny25")]
    [InlineData("gpt2_tiny")]
    public void Read_EveryTensor_EqualsAPlainReadingOfTheFile(string model)
    {
        var file = File.ReadAllBytes(Path.Combine(Folder(model), "model.safetensors"));
        var headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        using var checkpoint = Checkpoint.Open(Folder(model));

        var names = header.RootElement.EnumerateObject().Select(p => p.Name).Where(n => n != "__metadata__").ToList();
        Assert.Equal(names.Count, checkpoint.Tensors.Length);
        foreach (var name in names)
        {
            var entry = header.RootElement.GetProperty(name);
            var offsets = entry.GetProperty("data_offsets");
            var bytes = file.AsSpan(8 + headerLength)[offsets[0].GetInt32()..offsets[1].GetInt32()];
            var expected = new float[bytes.Length / 4];
            for (var i = 0; i < expected.Length; i++)
            {
                expected[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
            }

            Assert.True(checkpoint.Contains(name));
            Assert.Equal(expected, checkpoint.Read(name));
            var columns = entry.GetProperty("shape").EnumerateArray().Last().GetInt32();
            var rows = entry.GetProperty("shape").GetArrayLength() == 1 ? expected.Length : expected.Length / columns;
            var width = expected.Length / rows;
            var middle = new float[(rows - 2) * width];
            checkpoint.ReadRows(name, 1, middle);
            Assert.Equal(expected[width..^width], middle);
        }
    }
}
