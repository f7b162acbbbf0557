using System.Collections.Immutable;
using System.Numerics;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>Mean edge scores of blocks of examples: what every resample of the examples is a weighted mean of.</summary>
public sealed class BlockMeans
{
    private const int TileEdges = 1024;

    private readonly ImmutableArray<float> means;

    /// <param name="graph">The graph.</param>
    /// <param name="means">Mean scores of every block's examples, [blocks, edges] row by row, edges in canonical order.</param>
    /// <param name="counts">Number of examples of every block, [blocks].</param>
    /// <exception cref="ArgumentException">The lengths don't fit.</exception>
    public BlockMeans(CircuitGraph graph, ImmutableArray<float> means, ImmutableArray<int> counts)
    {
        if (means.Length != (long)graph.Edges * counts.Length)
        {
            throw new ArgumentException($"{counts.Length} blocks of {graph.Edges} edges don't have {means.Length} means.", nameof(means));
        }

        Graph = graph;
        this.means = means;
        Counts = counts;
    }

    public CircuitGraph Graph { get; }

    /// <summary>Number of examples of every block, [blocks].</summary>
    public ImmutableArray<int> Counts { get; }

    /// <summary>Number of blocks.</summary>
    public int Blocks => Counts.Length;

    /// <summary>The means of an attribution's blocks.</summary>
    public static BlockMeans Of(BlockScores scores) =>
        new(scores.Graph, [.. Enumerable.Range(0, scores.Blocks).SelectMany(b => scores.Mean([b]))], scores.Counts);

    /// <summary>
    /// Mean scores over the examples of weighted blocks, Σ_b w_b·n_b·mean_b / Σ_b w_b·n_b with n_b examples in block b: the product of a row
    /// of weights with the matrix of means, summed in float64 in the order of the blocks.
    /// </summary>
    /// <param name="weights">How often each block counts, [blocks], not all 0.</param>
    /// <param name="scores">Receives the mean of every edge, [edges].</param>
    public void Combine(ReadOnlySpan<int> weights, Span<float> scores)
    {
        var total = 0L;
        for (var b = 0; b < Blocks; b++)
        {
            total += (long)weights[b] * Counts[b];
        }

        ArgumentOutOfRangeException.ThrowIfZero(total, nameof(weights));
        Span<double> sums = stackalloc double[TileEdges];
        for (var first = 0; first < Graph.Edges; first += TileEdges)
        {
            var tile = sums[..Math.Min(TileEdges, Graph.Edges - first)];
            tile.Clear();
            for (var b = 0; b < Blocks; b++)
            {
                if (weights[b] != 0)
                {
                    AddScaled(tile, means.AsSpan().Slice((b * Graph.Edges) + first, tile.Length), (double)weights[b] * Counts[b]);
                }
            }

            for (var e = 0; e < tile.Length; e++)
            {
                scores[first + e] = (float)(tile[e] / total);
            }
        }
    }

    /// <summary>The means over the sum of the absolute mean scores of all examples, [blocks, edges]; as they are where that is 0.</summary>
    internal float[] Scaled()
    {
        var mean = new float[Graph.Edges];
        Combine([.. Enumerable.Repeat(1, Blocks)], mean);
        var sum = mean.Sum(score => (double)Math.Abs(score));
        return sum > 0 ? [.. means.Select(score => (float)(score / sum))] : [.. means];
    }

    private static void AddScaled(Span<double> sums, ReadOnlySpan<float> values, double factor)
    {
        var e = 0;
        var scale = new Vector<double>(factor);
        for (; e + Vector<float>.Count <= values.Length; e += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[e..]), out var low, out var high);
            var second = sums[(e + Vector<double>.Count)..];
            (new Vector<double>(sums[e..]) + (low * scale)).CopyTo(sums[e..]);
            (new Vector<double>(second) + (high * scale)).CopyTo(second);
        }

        for (; e < values.Length; e++)
        {
            sums[e] += values[e] * factor;
        }
    }
}
