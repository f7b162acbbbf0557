using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>
/// A model with random weights, for benchmarks and tests of shapes nobody has a checkpoint of. Every element is a function of the seed, its
/// tensor's name and its index alone, so any part can be read in any order.
/// </summary>
public sealed class RandomTensors : ITensorSource
{
    private readonly ulong seed;
    private readonly float deviation;
    private readonly Dictionary<string, TensorSpec> specs;

    /// <param name="config">The model's shape.</param>
    /// <param name="seed">Same seed, same weights.</param>
    /// <param name="deviation">Standard deviation of matrices and biases; scales of norms are 1, or where 1 is added to them 0, plus as much.</param>
    public RandomTensors(ModelConfig config, ulong seed, double deviation = 0.02)
    {
        Config = config;
        this.seed = seed;
        this.deviation = (float)(deviation * Math.Sqrt(3));
        specs = TensorLayout.Of(config).ToDictionary(spec => spec.Name, StringComparer.Ordinal);
    }

    public ModelConfig Config { get; }

    // GPT-2's are known by their names without the prefix, which their numbers follow from
    public bool Contains(string name) => !name.StartsWith("transformer.", StringComparison.Ordinal) && specs.ContainsKey(TensorLayout.Canonical(Config.Family, name));

    public void Read(string name, Span<float> destination) => Fill(name, 0, destination);

    public void ReadRows(string name, int firstRow, Span<float> destination) =>
        Fill(name, (long)firstRow * (specs[TensorLayout.Canonical(Config.Family, name)] is { Shape: [_, var columns] } ? columns : 1), destination);

    private void Fill(string name, long first, Span<float> destination)
    {
        var isScale = !Config.Norms.IsOffset && name.EndsWith("weight", StringComparison.Ordinal)
            && (name.Contains("norm", StringComparison.Ordinal) || name.Contains("ln_", StringComparison.Ordinal));
        var key = seed;
        foreach (var c in name)
        {
            key = Mixed(key ^ c);
        }

        for (var i = 0; i < destination.Length; i++)
        {
            var uniform = ((Mixed(key + (ulong)(first + i)) >> 40) * (1f / (1 << 23))) - 1f;
            destination[i] = (isScale ? 1 : 0) + (deviation * uniform);
        }
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea and Flood 2014).</summary>
    private static ulong Mixed(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
