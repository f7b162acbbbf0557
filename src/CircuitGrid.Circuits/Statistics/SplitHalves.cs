using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// Circuits found on halves of a cell's examples. Two circuits of disjoint halves differ by noise alone: their Jaccard similarity is the
/// ceiling for what a circuit of this cell can share with any other one found on as many other examples.
/// </summary>
/// <remarks>
/// There are random splits of all the examples, which estimates come from, and several random splits of every resample, which errors come
/// from: what the splits of a resample have in common is the resample's doing, the rest that of the splits. A resample is five eighths of the
/// units, drawn without replacement (the m-out-of-n bootstrap of Politis and Romano 1994): drawn with replacement, units that come twice
/// would double the noise in every circuit, and lower the very similarities that are to be judged. The share was chosen by simulation, see
/// docs/method.md.
/// </remarks>
public sealed class SplitHalves
{
    /// <summary>Splits of every resample.</summary>
    internal const int SplitsPerResample = 4;

    private const double ResampledShare = 0.625;

    private SplitHalves(CircuitPair[] splits, CircuitPair[] resampled, int budget, int units, int seed)
    {
        Splits = splits;
        Resampled = resampled;
        Budget = budget;
        Units = units;
        Seed = seed;
    }

    /// <summary>Mean Jaccard similarity of the circuits of two halves of the examples: the noise ceiling J_aa.</summary>
    public double Ceiling => Splits.Average(s => s.Within);

    /// <summary>Edges taken into every circuit before pruning.</summary>
    public int Budget { get; }

    /// <summary>Number of sampling units that were split.</summary>
    public int Units { get; }

    internal int Seed { get; }

    /// <summary>Circuits of the halves of all the examples, one pair for every split.</summary>
    internal CircuitPair[] Splits { get; }

    /// <summary>Circuits of the halves of every resample, <see cref="SplitsPerResample"/> pairs for each.</summary>
    internal CircuitPair[] Resampled { get; }

    /// <param name="scores">Scores by sampling unit.</param>
    /// <param name="budget">Edges taken into every circuit before pruning: circuits of different sizes can't agree, and how sizes differ is another question.</param>
    /// <param name="options">Number of splits and resamples, seed and threads.</param>
    /// <param name="cancellation">Checked between splits.</param>
    /// <exception cref="ArgumentException">There are fewer than four units: halves couldn't be resampled.</exception>
    public static SplitHalves Create(UnitScores scores, int budget, BootstrapOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        var (means, units) = (scores.Means, scores.Units);
        if (units.Length < 4)
        {
            throw new ArgumentException("Halves need at least four units.", nameof(scores));
        }

        var rule = scores.Rule with { Budget = budget };
        var all = BlockResamples.Subset(means.Blocks, units, units.Length, 0, options.Seed);
        var splits = new CircuitPair[options.Splits];
        var resampled = new CircuitPair[SplitsPerResample * options.SplitResamples];
        Parallel.For(0, splits.Length + resampled.Length, options.Parallel(cancellation), () => new float[means.Graph.Edges], (i, _, buffer) =>
        {
            var resample = (i - splits.Length) / SplitsPerResample;
            var weights = i < splits.Length ? all : BlockResamples.Subset(means.Blocks, units, ResampledUnits(units.Length), resample, options.Seed);
            var (first, second) = BlockResamples.Halves(weights, units, i, options.Seed);
            (i < splits.Length ? ref splits[i] : ref resampled[i - splits.Length]) = new(rule.Select(means, first, buffer), rule.Select(means, second, buffer));
            return buffer;
        }, _ => { });
        return new(splits, resampled, budget, units.Length, options.Seed);
    }

    /// <summary>Units of a resample.</summary>
    internal static int ResampledUnits(int units) => (int)Math.Round(ResampledShare * units);

    /// <summary>The circuits of two disjoint halves.</summary>
    internal readonly record struct CircuitPair(BitMask First, BitMask Second)
    {
        /// <summary>Jaccard similarity of the two.</summary>
        public double Within => First.OverlapWith(Second).Jaccard;

        /// <summary>Mean Jaccard similarity of either one with the other half's of another cell.</summary>
        public double Across(CircuitPair other) => (First.OverlapWith(other.Second).Jaccard + Second.OverlapWith(other.First).Jaccard) / 2;
    }
}
