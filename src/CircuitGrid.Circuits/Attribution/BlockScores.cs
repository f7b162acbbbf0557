using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// Edge scores summed over blocks of neighbouring examples. Blocks are fixed by an example's index, so they don't depend on batches:
/// example i of N is in block ⌊i·B/N⌋ where no other sizes are asked for. A score is positive where ablating the edge would raise the loss: the edge helps the task.
/// </summary>
public sealed class BlockScores
{
    private readonly double[][] sums;

    /// <param name="graph">The graph.</param>
    /// <param name="sums">For every block, the sum over its examples of every edge's score, in canonical order.</param>
    /// <param name="counts">Number of examples of every block.</param>
    public BlockScores(CircuitGraph graph, double[][] sums, ImmutableArray<int> counts)
    {
        Graph = graph;
        this.sums = sums;
        Counts = counts;
    }

    public CircuitGraph Graph { get; }

    /// <summary>Number of blocks.</summary>
    public int Blocks => sums.Length;

    /// <summary>Number of examples of every block.</summary>
    public ImmutableArray<int> Counts { get; }

    /// <summary>The number of blocks where none is asked for.</summary>
    public static int DefaultBlocks(int edges) => edges < 100_000 ? 32 : 8;

    /// <summary>The block of an example.</summary>
    public static int BlockOf(int example, int examples, int blocks) => (int)((long)example * blocks / examples);

    /// <summary>The block of every example, [examples].</summary>
    /// <param name="sizes">Examples of every block, [blocks].</param>
    public static int[] BlocksOf(ImmutableArray<int> sizes) => [.. sizes.SelectMany((size, block) => Enumerable.Repeat(block, size))];

    /// <summary>Examples of every block of N examples in so many blocks, [blocks].</summary>
    public static ImmutableArray<int> SizesOf(int examples, int blocks) =>
        [.. Enumerable.Range(0, blocks).Select(b => (int)(((((long)b + 1) * examples) + blocks - 1) / blocks) - (int)((((long)b * examples) + blocks - 1) / blocks))];

    /// <summary>Sum over a block's examples of every edge's score, [edges].</summary>
    public ReadOnlySpan<double> Sums(int block) => sums[block];

    /// <summary>Mean over all examples of every edge's score, [edges].</summary>
    public float[] Mean() => Mean(Enumerable.Range(0, Blocks));

    /// <summary>Mean over the examples of some blocks of every edge's score, [edges].</summary>
    public float[] Mean(IEnumerable<int> blocks)
    {
        var totals = new double[Graph.Edges];
        var count = 0;
        foreach (var block in blocks)
        {
            count += Counts[block];
            for (var e = 0; e < totals.Length; e++)
            {
                totals[e] += sums[block][e];
            }
        }

        return Array.ConvertAll(totals, total => (float)(total / count));
    }
}
