using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Files;

/// <summary>What a graph file holds: a graph, a score for every edge or some, and which edges are in.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Scores">Score of every edge, in canonical order; NaN where the file has none.</param>
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

    /// <summary>The scores, where every edge has one.</summary>
    /// <param name="path">The file that they come from.</param>
    /// <exception cref="InvalidInputException">An edge has none.</exception>
    public ImmutableArray<float> RequireScores(string path)
    {
        for (var e = 0; e < Scores.Length; e++)
        {
            if (float.IsNaN(Scores[e]))
            {
                throw new InvalidInputException(path, $"edge {GraphNames.Edge(Graph, e)} has no score; edges are ranked by their scores, so each needs a number");
            }
        }

        return Scores;
    }
}
