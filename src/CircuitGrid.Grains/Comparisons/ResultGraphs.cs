using CircuitGrid.Circuits.Graph;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Graphs;
using QuikGraph;

namespace CircuitGrid.Grains.Comparisons;

/// <summary>Stored circuits as graphs of a graph library.</summary>
public static class ResultGraphs
{
    /// <summary>A result's circuit.</summary>
    public static BidirectionalGraph<CircuitNode, ScoredEdge> Of(CellResult result) => CircuitGraphs.ToGraph(CircuitOf(result), result.Scores.AsSpan());

    /// <summary>Everything that two results' circuits have, each edge saying which of them has it.</summary>
    /// <exception cref="ArgumentException">The circuits are of different graphs.</exception>
    public static BidirectionalGraph<CircuitNode, ScoredEdge> Difference(CellResult before, CellResult after) =>
        CircuitGraphs.Difference(CircuitOf(before), before.Scores.AsSpan(), CircuitOf(after), after.Scores.AsSpan());

    private static Circuit CircuitOf(CellResult result) => Circuit.Prune(new(result.Graph), result.Edges.Indices());
}
