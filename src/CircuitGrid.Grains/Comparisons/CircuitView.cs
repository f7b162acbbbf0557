using CircuitGrid.Experiments.Cells;
using CircuitGrid.Graphs;

namespace CircuitGrid.Grains.Comparisons;

/// <summary>A checkpoint's circuit as a graph.</summary>
/// <param name="Paths">Its strongest paths from input to logits, the strongest first.</param>
/// <param name="Components">Nodes that hang together, the largest part first.</param>
/// <param name="Dot">The graph in Graphviz's language.</param>
/// <param name="GraphMl">The graph as GraphML, in UTF-8.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.CircuitView")]
public sealed record CircuitView(
    [property: Id(0)] PathView[] Paths, [property: Id(1)] string[][] Components, [property: Id(2)] string Dot, [property: Id(3)] byte[] GraphMl)
{
    internal static CircuitView Of(CellResult result, int paths)
    {
        var graph = ResultGraphs.Of(result);
        using var dot = new StringWriter();
        DotWriter.Write(dot, graph);
        using var graphMl = new MemoryStream();
        GraphMlWriter.Write(graphMl, graph);
        return new(
            [.. CircuitGraphs.StrongestPaths(graph, paths).Select(p => new PathView([.. p.Edges.Select(e => e.Name)], p.Strength))],
            [.. CircuitGraphs.Components(graph).Select(c => c.Select(n => n.Name).ToArray())],
            dot.ToString(),
            graphMl.ToArray());
    }
}

/// <summary>See <see cref="CircuitPath"/>.</summary>
[GenerateSerializer, Immutable, Alias("circuitgrid.PathView")]
public sealed record PathView([property: Id(0)] string[] Edges, [property: Id(1)] double Strength);

/// <summary>What a circuit's edges become in another's place, by name.</summary>
/// <param name="Kept">Edges of both.</param>
/// <param name="Gained">Edges of the second alone.</param>
/// <param name="Lost">Edges of the first alone.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.CircuitChange")]
public sealed record CircuitChange([property: Id(0)] string[] Kept, [property: Id(1)] string[] Gained, [property: Id(2)] string[] Lost)
{
    internal static CircuitChange Of(CellResult before, CellResult after)
    {
        var edges = ResultGraphs.Difference(before, after).Edges.OrderBy(e => e.Index).ToLookup(e => e.Change, e => e.Name);
        return new([.. edges[EdgeChange.Kept]], [.. edges[EdgeChange.Gained]], [.. edges[EdgeChange.Lost]]);
    }
}
