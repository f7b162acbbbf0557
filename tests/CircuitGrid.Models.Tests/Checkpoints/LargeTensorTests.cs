using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Tensors large enough to be read by several threads.</summary>
public sealed class LargeTensorTests : IDisposable
{
    private const string Embedding = "gpt_neox.embed_in.weight";

    private static readonly ModelConfig s_config = ModelSamples.GptNeoX with { Layers = 1, Width = 24, MlpWidth = 8, Vocabulary = 50_001, Rotary = new Rotary(4, 10000) };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ElementKind.F32)]
    [InlineData(ElementKind.F16)]
    [InlineData(ElementKind.BF16)]
    [InlineData(ElementKind.F64)]
    public void Read_LargeTensor_IsTheSameInWholeAndInParts(ElementKind kind)
    {
        var weights = ModelSamples.Write(_folder.Path, s_config, seed: 12, kind);
        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Equal(weights[Embedding], checkpoint.Read(Embedding));
        var part = new float[45_000 * 24];
        checkpoint.ReadRows(Embedding, 4_999, part);
        Assert.Equal(weights[Embedding][(4_999 * 24)..(49_999 * 24)], part);
    }

    [Theory]
    [InlineData(StorageOrder.Columns, 50_001)]
    [InlineData(StorageOrder.RowsApart, 50_001)]
    [InlineData(StorageOrder.ColumnsApart, 50_001)]
    [InlineData(StorageOrder.ColumnsApart, 30_001)]
    public void Read_LargeTensorInAnotherOrder_IsTheSame(StorageOrder order, int rows)
    {
        var config = s_config with { Vocabulary = rows };
        var weights = ModelSamples.Write(_folder.Path, config, seed: 13);
        File.Delete(_folder["model.safetensors"]);
        TorchArchive.Write(_folder["pytorch_model.bin"], TensorLayout.Of(config), weights, ElementKind.F16, order);
        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Equal(weights[Embedding], checkpoint.Read(Embedding));
        var part = new float[10 * 24];
        checkpoint.ReadRows(Embedding, rows - 11, part);
        Assert.Equal(weights[Embedding][((rows - 11) * 24)..((rows - 1) * 24)], part);
    }

    [Fact]
    public void Read_SeveralValuesThatAreNotFinite_AlwaysNamesTheFirst()
    {
        ModelSamples.Write(_folder.Path, s_config, seed: 14);
        RawSafetensors.Edit(_folder["model.safetensors"], (header, data) =>
        {
            var start = (int)header[Embedding]!["data_offsets"]![0]!;
            foreach (var row in new[] { 49_000, 30_000, 12_345, 40_000 })
            {
                BitConverter.TryWriteBytes(data.AsSpan(start + (4 * ((row * 24) + 7))), float.NaN);
            }

            return data;
        });
        using var checkpoint = Checkpoint.Open(_folder.Path);

        for (var i = 0; i < 20; i++)
        {
            Assert.Contains("element [12345, 7] is NaN", Assert.Throws<InvalidInputException>(() => checkpoint.Read(Embedding)).Message, StringComparison.Ordinal);
        }
    }
}
