using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Weights in float64.</summary>
public sealed class DoublePrecisionTests : IDisposable
{
    private const string Norm = "gpt_neox.final_layer_norm.bias";
    private const string Unembedding = "embed_out.weight";

    private readonly TemporaryFolder _folder = new();

    public DoublePrecisionTests() => ModelSamples.Write(_folder.Path, ModelSamples.GptNeoX, seed: 51, ElementKind.F64);

    public void Dispose() => _folder.Dispose();

    // Float32 has 23 bits of fraction and its subnormals are multiples of 2^-149; its largest number is 2^128 - 2^104.
    [Fact]
    public void Read_NumbersThatFloat32DoesNotHave_AreRoundedToTheNearest()
    {
        Set(Norm, 0, 1 + Math.ScaleB(1, -24), 1 + Math.ScaleB(3, -24), 1 + Math.ScaleB(1, -24) + Math.ScaleB(1, -50), -0.1, Math.ScaleB(3, -151), Math.ScaleB(1, -151), Math.ScaleB(1, 128) - Math.ScaleB(1, 103) - Math.ScaleB(1, 80), -1e-320);

        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Equal(
            [1f, 1 + MathF.ScaleB(1, -22), 1 + MathF.ScaleB(1, -23), -13421773 * MathF.ScaleB(1, -27), MathF.ScaleB(1, -149), 0f, float.MaxValue, -0f],
            checkpoint.Read(Norm));
    }

    [Fact]
    public void Read_NumberTooLargeForFloat32_IsNamedByItsPlaceAndValue()
    {
        Set(Unembedding, 29, 1e300);
        Set(Norm, 6, Math.ScaleB(1, 128) - Math.ScaleB(1, 103));
        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Equal(
            $"{_folder["model.safetensors"]}: tensor {Unembedding}: element [3, 5] is 1E+300; weights are read as float32, which holds up to 3.4028235E+38",
            Refusal(() => checkpoint.Read(Unembedding)));
        Assert.Contains($"tensor {Norm}: element [6] is 3.40282356779733", Refusal(() => checkpoint.Read(Norm)), StringComparison.Ordinal);
        checkpoint.ReadRows(Unembedding, 4, new float[32]);
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "infinite")]
    public void Read_ValueThatIsNoNumber_IsNamedAsSuch(double value, string what)
    {
        Set(Norm, 2, value);
        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Contains($"tensor {Norm}: element [2] is {what}; the file is damaged or training diverged", Refusal(() => checkpoint.Read(Norm)), StringComparison.Ordinal);
    }

    [Fact]
    public void Digest_NumbersThatFloat32DoesNotHave_TellModelsApart()
    {
        var digests = new HashSet<string>();
        foreach (var value in new[] { 1, 1 + Math.ScaleB(1, -40) })
        {
            Set(Norm, 0, value);
            using var checkpoint = Checkpoint.Open(_folder.Path);
            digests.Add(checkpoint.Digest);
        }

        Assert.Equal(2, digests.Count);
    }

    private static string Refusal(Action action) => Assert.Throws<InvalidInputException>(action).Message;

    private void Set(string tensor, int first, params double[] values) => RawSafetensors.Edit(_folder["model.safetensors"], (header, data) =>
    {
        var start = (int)header[tensor]!["data_offsets"]![0]!;
        for (var i = 0; i < values.Length; i++)
        {
            BitConverter.TryWriteBytes(data.AsSpan(start + (8 * (first + i))), values[i]);
        }

        return data;
    });
}
