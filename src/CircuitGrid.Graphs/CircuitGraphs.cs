using CircuitGrid.Circuits.Graph;
using QuikGraph;
using QuikGraph.Algorithms;
using QuikGraph.Algorithms.Search;

namespace CircuitGrid.Graphs;

/// <summary>Circuits as graphs of a graph library, with what such a library can tell about them.</summary>
public static class CircuitGraphs
{
    private const string Input = "input";
    private const string Logits = "logits";

    /// <summary>A circuit's nodes and edges, nodes in the order of the forward pass.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="scores">Scores of all edges of its graph, [edges].</param>
    /// <exception cref="ArgumentException">There are not as many scores as edges.</exception>
    public static BidirectionalGraph<CircuitNode, ScoredEdge> ToGraph(Circuit circuit, ReadOnlySpan<float> scores)
    {
        RequireScores(circuit.Graph, scores.Length);
        var graph = new BidirectionalGraph<CircuitNode, ScoredEdge>(allowParallelEdges: true);
        graph.AddVertexRange(circuit.NodeIndices().Select(n => NodeOf(circuit.Graph, n)));
        foreach (var edge in circuit.EdgeIndices())
        {
            graph.AddEdge(EdgeOf(circuit.Graph, edge, scores[edge], EdgeChange.Kept));
        }

        return graph;
    }

    /// <summary>Everything that two circuits of one graph have, each edge saying which of them has it; kept and gained edges bear the second's scores.</summary>
    /// <param name="before">The first circuit.</param>
    /// <param name="scoresBefore">Its scores, [edges].</param>
    /// <param name="after">The second circuit.</param>
    /// <param name="scoresAfter">Its scores, [edges].</param>
    /// <exception cref="ArgumentException">The circuits are of different graphs, or there are not as many scores as edges.</exception>
    public static BidirectionalGraph<CircuitNode, ScoredEdge> Difference(
        Circuit before, ReadOnlySpan<float> scoresBefore, Circuit after, ReadOnlySpan<float> scoresAfter)
    {
        if (before.Graph.Shape != after.Graph.Shape)
        {
            throw new ArgumentException("The circuits are of different graphs.", nameof(after));
        }

        RequireScores(before.Graph, scoresBefore.Length);
        RequireScores(after.Graph, scoresAfter.Length);
        var graph = new BidirectionalGraph<CircuitNode, ScoredEdge>(allowParallelEdges: true);
        graph.AddVertexRange(before.NodeIndices().Union(after.NodeIndices()).Order().Select(n => NodeOf(after.Graph, n)));
        foreach (var edge in before.EdgeIndices().Union(after.EdgeIndices()).Order())
        {
            var change = !before.ContainsEdge(edge) ? EdgeChange.Gained : after.ContainsEdge(edge) ? EdgeChange.Kept : EdgeChange.Lost;
            graph.AddEdge(EdgeOf(after.Graph, edge, change == EdgeChange.Lost ? scoresBefore[edge] : scoresAfter[edge], change));
        }

        return graph;
    }

    /// <summary>
    /// The strongest ways from input to logits. A path's strength is the product of its edges' |score|, each divided by the largest |score| of
    /// the graph, so that it lies in (0, 1]; paths of equal strength come shorter ones first, then by their edges' indices. Edges scored 0
    /// are on no path.
    /// </summary>
    /// <param name="graph">The circuit.</param>
    /// <param name="count">How many paths, at least 1.</param>
    /// <returns>At most so many paths, the strongest first; none where logits can't be reached.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public static IReadOnlyList<CircuitPath> StrongestPaths(BidirectionalGraph<CircuitNode, ScoredEdge> graph, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var largest = graph.Edges.Select(e => Math.Abs(e.Score)).DefaultIfEmpty().Max();
        var best = new Dictionary<CircuitNode, List<CircuitPath>>();
        foreach (var node in graph.TopologicalSort())
        {
            // what follows a node is the same for all ways to it, so that only its best ones can be part of the best
            IEnumerable<CircuitPath> ways = string.Equals(node.Name, Input, StringComparison.Ordinal) ? [new([], 1)] : [];
            foreach (var edge in graph.InEdges(node).Where(e => e.Score != 0))
            {
                ways = ways.Concat(best[edge.Source].Select(p => new CircuitPath([.. p.Edges, edge], p.Strength * (Math.Abs(edge.Score) / largest))));
            }

            best[node] = [.. ways.Order(CircuitPath.StrongestFirst).Take(count)];
        }

        return best.FirstOrDefault(b => string.Equals(b.Key.Name, Logits, StringComparison.Ordinal)).Value ?? [];
    }

    /// <summary>The parts of a graph that hang together, whatever the direction of edges; the largest first.</summary>
    public static IReadOnlyList<IReadOnlyList<CircuitNode>> Components(BidirectionalGraph<CircuitNode, ScoredEdge> graph)
    {
        var component = new Dictionary<CircuitNode, int>();
        graph.WeaklyConnectedComponents(component);
        return
        [
            .. component.GroupBy(c => c.Value, c => c.Key)
                .Select(g => (IReadOnlyList<CircuitNode>)[.. g.OrderBy(n => n.Index)])
                .OrderByDescending(g => g.Count)
                .ThenBy(g => g[0].Index),
        ];
    }

    /// <summary>Nodes that something flows to from the input.</summary>
    public static IReadOnlySet<CircuitNode> ReachedFromInput(BidirectionalGraph<CircuitNode, ScoredEdge> graph) => Reached(graph, Input);

    /// <summary>Nodes from which something flows to the logits.</summary>
    public static IReadOnlySet<CircuitNode> ReachingLogits(BidirectionalGraph<CircuitNode, ScoredEdge> graph) =>
        Reached(new ReversedBidirectionalGraph<CircuitNode, ScoredEdge>(graph), Logits);

    private static HashSet<CircuitNode> Reached<TEdge>(IVertexListGraph<CircuitNode, TEdge> graph, string from)
        where TEdge : IEdge<CircuitNode>
    {
        var reached = new HashSet<CircuitNode>();
        if (graph.Vertices.FirstOrDefault(n => string.Equals(n.Name, from, StringComparison.Ordinal)) is { } start)
        {
            var search = new BreadthFirstSearchAlgorithm<CircuitNode, TEdge>(graph);
            search.DiscoverVertex += n => reached.Add(n);
            search.Compute(start);
        }

        return reached;
    }

    private static CircuitNode NodeOf(CircuitGraph graph, int node) => new(node, GraphNames.Node(graph, node));

    private static ScoredEdge EdgeOf(CircuitGraph graph, int edge, float score, EdgeChange change) => new(
        edge,
        GraphNames.Edge(graph, edge),
        NodeOf(graph, graph.EdgeSources[edge]),
        NodeOf(graph, graph.NodeOfSlot(graph.EdgeSlots[edge])),
        score,
        change);

    private static void RequireScores(CircuitGraph graph, int count)
    {
        if (count != graph.Edges)
        {
            throw new ArgumentException($"There are {count} scores for {graph.Edges} edges.", nameof(count));
        }
    }
}
