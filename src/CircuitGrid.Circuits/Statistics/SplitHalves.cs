using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// Circuits found on halves of a cell's examples. Two circuits of disjoint halves differ by noise alone: their Jaccard similarity is the
/// ceiling for what a circuit of this cell can share with any other one found on as many other examples.
/// </summary>
/// <remarks>
/// There are random splits of all the examples, which estimates come from, and several random splits of every resample, which errors come
/// from: what the splits of a resample have in common is the resample's doing, the rest that of the splits. A resample is five eighths of the
/// blocks, drawn without replacement (the m-out-of-n bootstrap of Politis and Romano 1994): drawn with replacement, blocks that come twice
/// would double the noise in every circuit, and lower the very similarities that are to be judged. The share was chosen by simulation, see
/// docs/method.md.
/// </remarks>
public sealed class SplitHalves
{
    /// <summary>Splits of every resample.</summary>
    internal const int SplitsPerResample = 4;

    private const double ResampledShare = 0.625;

    private SplitHalves(CircuitPair[] splits, CircuitPair[] resampled, int blocks, int seed)
    {
        Splits = splits;
        Resampled = resampled;
        Blocks = blocks;
        Seed = seed;
    }

    /// <summary>Mean Jaccard similarity of the circuits of two halves of the examples: the noise ceiling J_aa.</summary>
    public double Ceiling => Splits.Average(s => s.Within);

    /// <summary>Number of blocks that were split.</summary>
    public int Blocks { get; }

    internal int Seed { get; }

    /// <summary>Circuits of the halves of all the examples, one pair for every split.</summary>
    internal CircuitPair[] Splits { get; }

    /// <summary>Circuits of the halves of every resample, <see cref="SplitsPerResample"/> pairs for each.</summary>
    internal CircuitPair[] Resampled { get; }

    /// <param name="means">Mean scores of all blocks.</param>
    /// <param name="rule">How circuits are taken.</param>
    /// <param name="size">
    /// The budget of a circuit found on weighted blocks, for halves that find their own size as they find their own scores; the rule's for
    /// all where none is given.
    /// </param>
    /// <param name="options">Number of splits and resamples, seed and threads.</param>
    /// <param name="cancellation">Checked between splits.</param>
    /// <exception cref="ArgumentException">There are fewer than four blocks: halves couldn't be resampled.</exception>
    public static SplitHalves Create(
        BlockMeans means, CircuitRule rule, Func<int[], int>? size = null, BootstrapOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        if (means.Blocks < 4)
        {
            throw new ArgumentException("Halves need at least four blocks.", nameof(means));
        }

        int[] ones = [.. Enumerable.Repeat(1, means.Blocks)], all = [.. Enumerable.Range(0, means.Blocks)];
        var splits = new CircuitPair[options.Splits];
        var resampled = new CircuitPair[SplitsPerResample * options.SplitResamples];
        Parallel.For(0, splits.Length + resampled.Length, options.Parallel(cancellation), () => new float[means.Graph.Edges], (i, _, buffer) =>
        {
            var resample = (i - splits.Length) / SplitsPerResample;
            var weights = i < splits.Length ? ones : BlockResamples.Subset(means.Blocks, all, ResampledBlocks(means.Blocks), resample, options.Seed);
            var (first, second) = BlockResamples.Halves(weights, i, options.Seed);
            (i < splits.Length ? ref splits[i] : ref resampled[i - splits.Length]) = new(Find(first, buffer), Find(second, buffer));
            return buffer;
        }, _ => { });
        return new(splits, resampled, means.Blocks, options.Seed);

        BitMask Find(int[] weights, float[] buffer) => (size is null ? rule : rule with { Budget = size(weights) }).Select(means, weights, buffer);
    }

    /// <summary>Blocks of a resample.</summary>
    internal static int ResampledBlocks(int blocks) => (int)Math.Round(ResampledShare * blocks);

    /// <summary>The circuits of two disjoint halves.</summary>
    internal readonly record struct CircuitPair(BitMask First, BitMask Second)
    {
        /// <summary>Jaccard similarity of the two.</summary>
        public double Within => First.OverlapWith(Second).Jaccard;

        /// <summary>Mean Jaccard similarity of either one with the other half's of another cell.</summary>
        public double Across(CircuitPair other) => (First.OverlapWith(other.Second).Jaccard + Second.OverlapWith(other.First).Jaccard) / 2;
    }
}
