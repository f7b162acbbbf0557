using System.Collections.Immutable;
using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// Circuits found on random halves of the examples. A half differs from the whole by as much as the whole does from all examples there could be, so that
/// halves scatter as samples would (McCarthy 1969, balanced half-samples); examples drawn with replacement would not only scatter but lie too far from each other,
/// having more noise.
/// </summary>
public static class HalfSamples
{
    /// <summary>Circuits of one budget from half of the sampling units each, the same halves for cells of the same blocks and seed.</summary>
    /// <param name="means">Mean scores of all blocks.</param>
    /// <param name="units">The blocks that found the circuit, by sampling unit, at least four units.</param>
    /// <param name="rule">How the circuit is taken.</param>
    /// <param name="options">Number of halves, seed and threads.</param>
    /// <param name="cancellation">Checked between halves.</param>
    /// <returns>Their edges, [halves].</returns>
    /// <exception cref="ArgumentException">There are fewer than four units.</exception>
    public static ImmutableArray<BitMask> Circuits(
        BlockMeans means, ImmutableArray<ImmutableArray<int>> units, CircuitRule rule, BootstrapOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        if (units.Length < 4)
        {
            throw new ArgumentException("Halves need at least four units.", nameof(units));
        }

        var circuits = new BitMask[options.HalfSamples];
        Parallel.For(0, circuits.Length, options.Parallel(cancellation), () => new float[means.Graph.Edges], (i, _, buffer) =>
        {
            circuits[i] = rule.Select(means, BlockResamples.Subset(means.Blocks, units, Size(units.Length), i, options.Seed), buffer);
            return buffer;
        }, _ => { });
        return [.. circuits];
    }

    /// <summary>
    /// The 95 % interval of a similarity of two circuits found on n blocks, or of an average of such similarities: value ± t·s, cut at 0 and 1, s being the standard
    /// deviation over halves, times √(m/(n − m)) for halves of m blocks, and t Student's quantile with n − 1 degrees of freedom.
    /// </summary>
    /// <param name="value">The similarity.</param>
    /// <param name="halves">The similarity of the circuits of every half, at least two.</param>
    /// <param name="blocks">n, the blocks that were halved, at least four.</param>
    /// <exception cref="ArgumentException">There are too few halves or blocks to say how they vary.</exception>
    public static Interval Around(double value, ReadOnlySpan<double> halves, int blocks)
    {
        if (halves.Length < 2 || blocks < 4)
        {
            throw new ArgumentException($"{halves.Length} halves of {blocks} blocks don't say how a similarity varies.", nameof(halves));
        }

        var (mean, squares) = (0.0, 0.0);
        foreach (var half in halves)
        {
            mean += half / halves.Length;
        }

        foreach (var half in halves)
        {
            squares += (half - mean) * (half - mean);
        }

        var size = Size(blocks);
        var reach = StudentT.Quantile(0.975, blocks - 1) * Math.Sqrt(squares / (halves.Length - 1) * size / (blocks - size));
        return new(Math.Max(0, value - reach), Math.Min(1, value + reach));
    }

    private static int Size(int blocks) => blocks / 2;
}
