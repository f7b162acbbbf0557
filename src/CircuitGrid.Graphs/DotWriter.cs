using System.Globalization;
using QuikGraph;

namespace CircuitGrid.Graphs;

/// <summary>Writes graphs in Graphviz' language: helping edges blue, hurting ones red, lost ones dashed, the stronger the thicker.</summary>
public static class DotWriter
{
    private const double ThinnestLine = 0.4;
    private const double ThickestLine = 4;

    /// <summary>Writes a graph.</summary>
    public static void Write(TextWriter writer, BidirectionalGraph<CircuitNode, ScoredEdge> graph)
    {
        var largest = graph.Edges.Select(e => Math.Abs(e.Score)).DefaultIfEmpty().Max();
        writer.Write("digraph circuit {\n  rankdir=BT;\n  node [shape=box];\n");
        foreach (var node in graph.Vertices)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"  n{node.Index} [label=\"{Escape(node.Name)}\"];\n"));
        }

        foreach (var edge in graph.Edges)
        {
            var width = largest == 0 ? ThinnestLine : ThinnestLine + ((ThickestLine - ThinnestLine) * Math.Abs(edge.Score) / largest);
            var style = edge.Change switch
            {
                EdgeChange.Lost => ", style=dashed",
                EdgeChange.Gained => ", style=bold",
                _ => "",
            };
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"  n{edge.Source.Index} -> n{edge.Target.Index} [tooltip=\"{Escape(edge.Name)} {edge.Score:R}\", color=\"{(edge.Score < 0 ? "#d55e00" : "#0072b2")}\", penwidth={width:0.##}{style}];\n"));
        }

        writer.Write("}\n");
    }

    private static string Escape(string text) => text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
