using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>The Jaccard similarity that chance alone gives, and similarities corrected for it.</summary>
public static class RandomOverlap
{
    /// <summary>Swaps tried for every edge before the first draw, and again between draws.</summary>
    private const int SwapsPerEdge = 10;

    /// <summary>Differences of J and a mean of many equal J below this are rounding.</summary>
    private const double Rounding = 1e-12;

    /// <summary>(J − E[J])/(1 − E[J]): 0 at chance, 1 for equal sets; not a number where chance itself gives 1.</summary>
    public static double Correct(double jaccard, double expected) =>
        1 - expected < Rounding ? double.NaN : Math.Abs(jaccard - expected) < Rounding ? 0 : (jaccard - expected) / (1 - expected);

    /// <summary>
    /// E[J] of two independent sets of <paramref name="first"/> and <paramref name="second"/> edges, all sets of that size equally likely: the
    /// expectation over the hypergeometric distribution of what they share, summed exactly.
    /// </summary>
    /// <param name="edges">Number of edges of the graph.</param>
    /// <param name="first">Size of one set.</param>
    /// <param name="second">Size of the other.</param>
    public static double ExpectedJaccard(int edges, int first, int second)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, edges);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(second, edges);
        if (first == 0 || second == 0)
        {
            return 0;
        }

        // the mode, which can't underflow, then outwards by the ratio of neighbouring probabilities
        var mode = (int)((first + 1L) * (second + 1L) / (edges + 2L));
        var (least, most) = (Math.Max(0, first + second - edges), Math.Min(first, second));
        mode = Math.Clamp(mode, least, most);
        double mass = 1, sum = new Overlap(mode, first, second).Jaccard;
        for (var (shared, weight) = (mode, 1.0); shared < most && weight > 0; shared++)
        {
            weight *= (double)(first - shared) * (second - shared) / ((shared + 1.0) * (edges - first - second + shared + 1));
            mass += weight;
            sum += weight * new Overlap(shared + 1, first, second).Jaccard;
        }

        for (var (shared, weight) = (mode, 1.0); shared > least && weight > 0; shared--)
        {
            weight *= (double)shared * (edges - first - second + shared) / ((first - shared + 1.0) * (second - shared + 1));
            mass += weight;
            sum += weight * new Overlap(shared - 1, first, second).Jaccard;
        }

        return sum / mass;
    }

    /// <summary>
    /// Random sets of edges in which every source keeps its number of outgoing edges and every slot its number of incoming ones: a chain of
    /// swaps u→v, x→y to u→y, x→v, where both are edges of the graph and not yet in.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="circuit">The set they are made from.</param>
    /// <param name="options">Number of sets and seed.</param>
    public static ImmutableArray<BitMask> DegreePreserving(CircuitGraph graph, BitMask circuit, BootstrapOptions? options = null)
    {
        options ??= new();
        var edges = circuit.Indices().ToArray();
        var present = new bool[graph.Edges];
        foreach (var edge in edges)
        {
            present[edge] = true;
        }

        var draws = new Draws(options.Seed, edges.Length);
        var sets = ImmutableArray.CreateBuilder<BitMask>(options.RandomCircuits);
        for (var i = 0; i < options.RandomCircuits; i++)
        {
            for (var swap = 0; swap < SwapsPerEdge * edges.Length; swap++)
            {
                TrySwap(ref edges[draws.Next(edges.Length)], ref edges[draws.Next(edges.Length)]);
            }

            sets.Add(BitMask.FromIndices(graph.Edges, edges));
        }

        return sets.MoveToImmutable();

        void TrySwap(ref int a, ref int b)
        {
            var (source, slot, otherSource, otherSlot) = (graph.EdgeSources[a], graph.EdgeSlots[a], graph.EdgeSources[b], graph.EdgeSlots[b]);
            if (source >= graph.SourcesOf(otherSlot) || otherSource >= graph.SourcesOf(slot))
            {
                return;
            }

            var (crossed, otherCrossed) = (graph.Edge(source, otherSlot), graph.Edge(otherSource, slot));
            if (!present[crossed] && !present[otherCrossed])
            {
                (present[a], present[b], present[crossed], present[otherCrossed]) = (false, false, true, true);
                (a, b) = (crossed, otherCrossed);
            }
        }
    }

    /// <summary>Mean Jaccard similarity of every set of one series with every set of another.</summary>
    public static double MeanJaccard(ImmutableArray<BitMask> first, ImmutableArray<BitMask> second)
    {
        var sum = 0.0;
        foreach (var a in first)
        {
            foreach (var b in second)
            {
                sum += a.OverlapWith(b).Jaccard;
            }
        }

        return sum / ((double)first.Length * second.Length);
    }
}
