using System.Collections.Immutable;
using System.Runtime.InteropServices;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>How a circuit is taken from scores.</summary>
/// <param name="Rule">Greedy or top-n.</param>
/// <param name="Absolute">By |score|, not by the signed score.</param>
/// <param name="Budget">Edges taken before pruning.</param>
public readonly record struct CircuitRule(SelectionRule Rule, bool Absolute, int Budget)
{
    /// <summary>The pruned edges of the circuit that the rule takes from some scores.</summary>
    internal BitMask Select(BlockMeans means, ReadOnlySpan<int> weights, float[] buffer)
    {
        means.Combine(weights, buffer);
        return Select(means, buffer);
    }

    /// <summary>The same at several budgets in place of the rule's own.</summary>
    internal ImmutableArray<BitMask> SelectAll(BlockMeans means, ReadOnlySpan<int> weights, float[] buffer, ImmutableArray<int> budgets)
    {
        means.Combine(weights, buffer);
        var ranking = EdgeRanking.Create(means.Graph, buffer, Rule, Absolute, budgets.Max());
        return [.. budgets.Select(budget => BitMask.FromIndices(means.Graph.Edges, ranking.Select(budget).EdgeIndices()))];
    }

    /// <inheritdoc cref="Select(BlockMeans, ReadOnlySpan{int}, float[])"/>
    internal BitMask Select(BlockMeans means, ReadOnlySpan<float> scores)
    {
        var ranking = EdgeRanking.Create(means.Graph, scores, Rule, Absolute, Budget);
        return BitMask.FromIndices(means.Graph.Edges, ranking.Select(Budget).EdgeIndices());
    }
}

/// <summary>
/// Bootstrap of a circuit over the sampling units that found it: every resample's scores are a row of weights times the block means, and
/// a circuit of the same budget is selected anew from each. No model is run.
/// </summary>
public static class EdgeBootstrap
{
    /// <summary>Most scores in memory at a time.</summary>
    private const int MaxScores = 1 << 24;

    /// <param name="means">Mean scores of all blocks.</param>
    /// <param name="units">The blocks that found the circuit, by sampling unit, at least two units.</param>
    /// <param name="rule">How the circuit is taken.</param>
    /// <param name="options">Number of resamples, seed and threads.</param>
    /// <param name="cancellation">Checked between resamples.</param>
    /// <exception cref="ArgumentException">There are fewer than two units: nothing can be said about how they vary.</exception>
    public static EdgeCertainty Run(
        BlockMeans means, ImmutableArray<ImmutableArray<int>> units, CircuitRule rule, BootstrapOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        if (units.Length < 2)
        {
            throw new ArgumentException("A bootstrap needs at least two units.", nameof(units));
        }

        var edges = means.Graph.Edges;
        var all = new float[edges];
        var ones = new int[means.Blocks];
        foreach (var block in units.SelectMany(unit => unit))
        {
            ones[block] = 1;
        }

        var whole = rule.Select(means, ones, all);
        var (sums, squares, counts) = (new double[edges], new double[edges], new int[edges]);
        var stability = new double[options.Resamples];
        var atOnce = Math.Clamp(MaxScores / edges, 1, options.Resamples);
        var scores = Enumerable.Range(0, atOnce).Select(_ => new float[edges]).ToArray();
        var circuits = new BitMask[atOnce];
        for (var first = 0; first < options.Resamples; first += atOnce)
        {
            var rows = Math.Min(atOnce, options.Resamples - first);
            Parallel.For(0, rows, options.Parallel(cancellation), r =>
            {
                var weights = BlockResamples.Weights(means.Blocks, units, first + r, options.Seed);
                circuits[r] = rule.Select(means, weights, scores[r]);
                stability[first + r] = circuits[r].OverlapWith(whole).Jaccard;
            });

            for (var r = 0; r < rows; r++)
            {
                for (var e = 0; e < edges; e++)
                {
                    // deviations from the mean of all: squares of the scores themselves would cancel
                    var deviation = (double)scores[r][e] - all[e];
                    sums[e] += deviation;
                    squares[e] += deviation * deviation;
                }

                foreach (var edge in circuits[r].Indices())
                {
                    counts[edge]++;
                }
            }
        }

        var n = (double)options.Resamples;
        var drawn = (double)units.Length;
        var errors = sums.Select((sum, e) => Math.Sqrt(Math.Max(0, (squares[e] - (sum * sum / n)) / (n - 1)) * drawn / (drawn - 1))).ToArray();
        return new(
            ImmutableCollectionsMarshal.AsImmutableArray(errors),
            [.. counts.Select(count => count / n)],
            ImmutableCollectionsMarshal.AsImmutableArray(stability));
    }
}
