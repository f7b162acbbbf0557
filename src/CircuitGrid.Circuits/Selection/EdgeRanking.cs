using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Circuits.Selection;

/// <summary>How edges are chosen by their scores.</summary>
public enum SelectionRule
{
    /// <summary>From the logits down: again and again the best edge into a node that is in already.</summary>
    Greedy,

    /// <summary>The n best edges of all.</summary>
    TopN,
}

/// <summary>
/// The order in which a rule takes edges. The circuit of budget n is the first n of them, pruned, so that one ranking serves every size.
/// Ties go by canonical edge order.
/// </summary>
public sealed class EdgeRanking
{
    private readonly ImmutableArray<int> order;

    private EdgeRanking(CircuitGraph graph, ImmutableArray<int> order)
    {
        Graph = graph;
        this.order = order;
    }

    public CircuitGraph Graph { get; }

    /// <summary>Number of edges that can be taken; for greedy only those that reach the logits, which are all.</summary>
    public int Count => order.Length;

    /// <summary>Edges, first taken first.</summary>
    public ImmutableArray<int> Order => order;

    /// <summary>Whether scores put edges into an order: not where all rank alike, so that which edges come first is left to their numbering.</summary>
    /// <param name="scores">A score for every edge.</param>
    /// <param name="absolute">Rank by |score|.</param>
    public static bool HasOrder(ReadOnlySpan<float> scores, bool absolute = true)
    {
        foreach (var score in scores)
        {
            if (absolute ? Math.Abs(score) != Math.Abs(scores[0]) : score != scores[0])
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="graph">The graph.</param>
    /// <param name="scores">A score for every edge, finite.</param>
    /// <param name="rule">Greedy or top-n.</param>
    /// <param name="absolute">Rank by |score|; otherwise by the signed score, largest first.</param>
    /// <param name="count">How many edges to rank: the first so many of the whole ranking, all where none is given.</param>
    /// <exception cref="ArgumentException">The number of scores is not that of edges, or one is NaN.</exception>
    public static EdgeRanking Create(CircuitGraph graph, ReadOnlySpan<float> scores, SelectionRule rule, bool absolute = true, int? count = null)
    {
        if (scores.Length != graph.Edges)
        {
            throw new ArgumentException($"{scores.Length} scores for {graph.Edges} edges.", nameof(scores));
        }

        var keys = new float[scores.Length];
        for (var e = 0; e < keys.Length; e++)
        {
            if (float.IsNaN(scores[e]))
            {
                throw new ArgumentException($"The score of edge {GraphNames.Edge(graph, e)} is not a number.", nameof(scores));
            }

            keys[e] = absolute ? -Math.Abs(scores[e]) : -scores[e];
        }

        var ranked = Math.Clamp(count ?? keys.Length, 0, keys.Length);
        return new EdgeRanking(graph, rule == SelectionRule.Greedy ? Greedy(graph, keys, ranked) : TopN(keys, ranked));
    }

    /// <summary>The circuit of budget <paramref name="n"/>: the first n edges (all where there are fewer), pruned.</summary>
    public Circuit Select(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        return Circuit.Prune(Graph, order.Take(n));
    }

    private static ImmutableArray<int> TopN(float[] keys, int count)
    {
        // the largest keys of the best so far lie on top, to be thrown out
        var best = new PriorityQueue<int, (float Key, int Edge)>(count + 1, Comparer<(float Key, int Edge)>.Create((a, b) => b.CompareTo(a)));
        for (var e = 0; e < keys.Length && count > 0; e++)
        {
            if (best.Count < count)
            {
                best.Enqueue(e, (keys[e], e));
            }
            else
            {
                best.EnqueueDequeue(e, (keys[e], e));
            }
        }

        var edges = new int[best.Count];
        for (var i = edges.Length - 1; i >= 0; i--)
        {
            edges[i] = best.Dequeue();
        }

        return [.. edges];
    }

    private static ImmutableArray<int> Greedy(CircuitGraph graph, float[] keys, int count)
    {
        var order = ImmutableArray.CreateBuilder<int>(count);
        var candidates = new PriorityQueue<int, (float Key, int Edge)>();
        var seen = new bool[graph.Nodes];
        Include(graph.LogitsNode);
        while (order.Count < count && candidates.TryDequeue(out var edge, out _))
        {
            order.Add(edge);
            var parent = graph.EdgeSources[edge];
            if (!seen[parent])
            {
                Include(parent);
            }
        }

        return order.ToImmutable();

        void Include(int node)
        {
            seen[node] = true;
            foreach (var slot in graph.SlotsOfNode(node))
            {
                for (var source = 0; source < graph.SourcesOf(slot); source++)
                {
                    var edge = graph.Edge(source, slot);
                    candidates.Enqueue(edge, (keys[edge], edge));
                }
            }
        }
    }
}
