using System.Globalization;
using System.Xml.Linq;

namespace CircuitGrid.Graphs.Tests;

public sealed class WriterTests
{
    [Fact]
    public void GraphMl_ReadAgain_IsTheGraph()
    {
        var difference = CircuitGraphs.Difference(Samples.Circuit(3), Samples.Scores(1), Samples.Circuit(4), Samples.Scores(2));
        using var stream = new MemoryStream();
        GraphMlWriter.Write(stream, difference);
        stream.Position = 0;
        XNamespace ns = "http://graphml.graphdrawing.org/xmlns";
        var xml = XDocument.Load(stream).Root!;
        var graph = xml.Element(ns + "graph")!;
        var names = graph.Elements(ns + "node").ToDictionary(n => n.Attribute("id")!.Value, n => n.Element(ns + "data")!.Value, StringComparer.Ordinal);
        Assert.Equal(difference.Vertices.Select(v => v.Name), names.Values);
        Assert.NotEqual(0, difference.EdgeCount);
        Assert.Equal(
            difference.Edges.Select(e => (e.Source.Name, e.Target.Name, e.Name, e.Score, e.Change.ToString().ToLowerInvariant())),
            graph.Elements(ns + "edge").Select(e => (
                names[e.Attribute("source")!.Value],
                names[e.Attribute("target")!.Value],
                Data(e, "label"),
                double.Parse(Data(e, "score"), CultureInfo.InvariantCulture),
                Data(e, "change"))));
        Assert.Equal(["name", "label", "score", "change"], xml.Elements(ns + "key").Select(k => k.Attribute("id")!.Value));

        string Data(XElement of, string key) => of.Elements(ns + "data").Single(d => d.Attribute("key")!.Value == key).Value;
    }

    [Fact]
    public void Dot_OfADifference_DrawsEveryEdgeAsWhatItIs()
    {
        var difference = CircuitGraphs.Difference(Samples.Circuit(3), Samples.Scores(1), Samples.Circuit(4), Samples.Scores(2));
        using var text = new StringWriter();
        DotWriter.Write(text, difference);
        var lines = text.ToString().Split('\n');
        Assert.Equal("digraph circuit {", lines[0]);
        Assert.Equal(difference.EdgeCount, lines.Count(l => l.Contains("->", StringComparison.Ordinal) && l.Contains("penwidth", StringComparison.Ordinal)));
        Assert.Equal(difference.Edges.Count(e => e.Change == EdgeChange.Lost), lines.Count(l => l.Contains("style=dashed", StringComparison.Ordinal)));
        Assert.Equal(difference.Edges.Count(e => e.Score < 0), lines.Count(l => l.Contains("#d55e00", StringComparison.Ordinal)));
        Assert.Contains(lines, l => l.Contains("penwidth=4", StringComparison.Ordinal));
    }
}
