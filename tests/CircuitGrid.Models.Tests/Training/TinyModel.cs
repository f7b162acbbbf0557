using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Models.Tests.Training;

/// <summary>A model small enough to be trained on the reference device within a test.</summary>
internal static class TinyModel
{
    public static ModelConfig Config { get; } = new()
    {
        Family = Families.GptNeoX,
        Layers = 2,
        Heads = 2,
        Width = 8,
        MlpWidth = 16,
        Vocabulary = 11,
        ContextLength = 12,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Gelu,
        ParallelResidual = true,
        TiedUnembedding = false,
        Rotary = new Rotary(2, 10000),
    };

    /// <summary>Rows of random documents.</summary>
    public static PackedRows Rows(int count, int seed = 5)
    {
        var random = new SeededRandom((ulong)seed);
        IEnumerable<int[]> Documents()
        {
            while (true)
            {
                yield return [.. Enumerable.Range(0, random.Between(2, 6)).Select(_ => random.Between(1, 10))];
            }
        }

        return PackedRows.Pack(Documents(), count, Config.ContextLength, separator: 0);
    }

    /// <summary>
    /// Values large enough for every gradient to matter, gains included; multiples of 2⁻¹², so that small multiples of 2⁻¹⁶ can be
    /// added to them without rounding.
    /// </summary>
    public static float[] Randomize(IDevice device, ParameterStore parameters, ulong seed)
    {
        var random = new SeededRandom(seed);
        var values = new float[parameters.Length];
        foreach (ref var value in values.AsSpan())
        {
            value = (float)Math.Round(0.4 * 4096 * random.NextNormal()) / 4096;
        }

        foreach (var gain in parameters.Parameters.Where(p => p.Name.EndsWith("norm.weight", StringComparison.Ordinal)))
        {
            foreach (ref var value in values.AsSpan(gain.Offset, gain.Length))
            {
                value += 1;
            }
        }

        device.Upload(parameters.Values, values);
        return values;
    }
}
