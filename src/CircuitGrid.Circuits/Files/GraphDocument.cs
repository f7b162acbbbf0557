using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Circuits.Files;

/// <summary>What a graph file holds: a graph, a score for every edge, and which edges are in.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Scores">Score of every edge, in canonical order.</param>
/// <param name="EdgesIn">Whether each edge is in the circuit.</param>
public sealed record GraphDocument(CircuitGraph Graph, ImmutableArray<float> Scores, ImmutableArray<bool> EdgesIn)
{
    /// <summary>Scores alone: every edge is in.</summary>
    public static GraphDocument OfScores(CircuitGraph graph, IEnumerable<float> scores) =>
        new(graph, [.. scores], [.. Enumerable.Repeat(true, graph.Edges)]);

    /// <summary>A circuit with the scores it was chosen by.</summary>
    public static GraphDocument OfCircuit(Circuit circuit, ImmutableArray<float> scores) =>
        new(circuit.Graph, scores, [.. Enumerable.Range(0, circuit.Graph.Edges).Select(circuit.ContainsEdge)]);

    /// <summary>The circuit of the edges that are in, pruned.</summary>
    public Circuit ToCircuit() => Circuit.Prune(Graph, Enumerable.Range(0, Graph.Edges).Where(e => EdgesIn[e]));
}
