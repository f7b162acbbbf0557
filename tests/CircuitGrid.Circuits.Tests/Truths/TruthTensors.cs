using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>
/// Random weights of any family, of so few bits that a norm's scale folds into a matrix without rounding: <see cref="PlainTransformer"/> and the engine in
/// float64 are then the same model to the last bit of every weight.
/// </summary>
/// <param name="config">The model.</param>
/// <param name="seed">Same seed, same weights.</param>
internal sealed class TruthTensors(ModelConfig config, int seed) : ITensorSource
{
    private readonly Dictionary<string, float[]> tensors = TensorLayout.Of(config).ToDictionary(t => t.Name, t => Drawn(t, config, seed), StringComparer.Ordinal);

    public ModelConfig Config { get; } = config;

    public bool Contains(string name) => tensors.ContainsKey(TensorLayout.Canonical(Config.Family, name));

    public void Read(string name, Span<float> destination) => Values(name).AsSpan(0, destination.Length).CopyTo(destination);

    public void ReadRows(string name, int firstRow, Span<float> destination)
    {
        var columns = TensorLayout.Of(Config).Single(t => t.Name == TensorLayout.Canonical(Config.Family, name)).Shape[^1];
        Values(name).AsSpan(firstRow * columns, destination.Length).CopyTo(destination);
    }

    private float[] Values(string name) => tensors[TensorLayout.Canonical(Config.Family, name)];

    private static float[] Drawn(TensorSpec spec, ModelConfig config, int seed)
    {
        var random = new Random(spec.Name.Aggregate(seed, (hash, c) => unchecked((hash * 31) + c)));
        var isNorm = (spec.Name.Contains("norm", StringComparison.Ordinal) || spec.Name.Contains("ln_", StringComparison.Ordinal)) && spec.Name.EndsWith("weight", StringComparison.Ordinal);
        if (isNorm)
        {
            return [.. Enumerable.Range(0, (int)spec.Length).Select(_ => (random.Next(3, 29) / 16f) - (config.Norms.IsOffset ? 1 : 0))];
        }

        return [.. Enumerable.Range(0, (int)spec.Length).Select(_ => random.Next(-2400, 2401) / 4096f)];
    }
}
