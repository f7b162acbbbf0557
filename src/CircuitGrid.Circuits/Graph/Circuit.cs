using System.Collections;

namespace CircuitGrid.Circuits.Graph;

/// <summary>
/// A pruned set of edges: every source in it is fed (or is the input) and feeds something, down to the logits. Immutable.
/// </summary>
public sealed class Circuit
{
    private readonly BitArray edges;
    private readonly BitArray nodes;

    private Circuit(CircuitGraph graph, BitArray edges, BitArray nodes)
    {
        Graph = graph;
        this.edges = edges;
        this.nodes = nodes;
        EdgeCount = Count(edges);
        NodeCount = Count(nodes);
    }

    public CircuitGraph Graph { get; }

    /// <summary>Number of edges.</summary>
    public int EdgeCount { get; }

    /// <summary>Number of nodes, <c>input</c> and <c>logits</c> included where they are in.</summary>
    public int NodeCount { get; }

    /// <summary>The circuit of all edges.</summary>
    public static Circuit Full(CircuitGraph graph) => Prune(graph, Enumerable.Range(0, graph.Edges));

    /// <summary>
    /// What is left of a set of edges once dead ends are removed, to a fixed point: an edge stays while both its ends do; a source stays
    /// while an edge leaves it and, unless it is the input, an edge feeds it; the logits stay while an edge feeds them.
    /// </summary>
    public static Circuit Prune(CircuitGraph graph, IEnumerable<int> edges)
    {
        var kept = edges.Distinct().Order().ToList();
        var nodes = new BitArray(graph.Nodes);
        var incoming = new int[graph.Nodes];
        var outgoing = new int[graph.Nodes];
        int before;
        do
        {
            Array.Clear(incoming);
            Array.Clear(outgoing);
            foreach (var e in kept)
            {
                outgoing[graph.EdgeSources[e]]++;
                incoming[graph.NodeOfSlot(graph.EdgeSlots[e])]++;
            }

            for (var n = 0; n < graph.Nodes; n++)
            {
                nodes[n] = (n == 0 || incoming[n] > 0) && (n == graph.LogitsNode || outgoing[n] > 0);
            }

            before = kept.Count;
            kept.RemoveAll(e => !nodes[graph.EdgeSources[e]] || !nodes[graph.NodeOfSlot(graph.EdgeSlots[e])]);
        }
        while (kept.Count < before);

        var mask = new BitArray(graph.Edges);
        foreach (var e in kept)
        {
            mask[e] = true;
        }

        return new Circuit(graph, mask, nodes);
    }

    public bool ContainsEdge(int edge) => edges[edge];

    public bool ContainsNode(int node) => nodes[node];

    /// <summary>Edges in canonical order.</summary>
    public IEnumerable<int> EdgeIndices() => Indices(edges);

    /// <summary>Nodes in forward order.</summary>
    public IEnumerable<int> NodeIndices() => Indices(nodes);

    private static IEnumerable<int> Indices(BitArray bits)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            if (bits[i])
            {
                yield return i;
            }
        }
    }

    private static int Count(BitArray bits)
    {
        var count = 0;
        foreach (bool bit in bits)
        {
            count += bit ? 1 : 0;
        }

        return count;
    }
}
