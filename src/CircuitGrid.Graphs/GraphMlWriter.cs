using System.Globalization;
using System.Text;
using System.Xml;
using QuikGraph;

namespace CircuitGrid.Graphs;

/// <summary>Writes graphs as GraphML, with names, scores and changes as attributes that common tools show.</summary>
public static class GraphMlWriter
{
    private const string Namespace = "http://graphml.graphdrawing.org/xmlns";

    /// <summary>Writes a graph in UTF-8; the stream stays open.</summary>
    public static void Write(Stream stream, BidirectionalGraph<CircuitNode, ScoredEdge> graph)
    {
        using var xml = XmlWriter.Create(stream, new() { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Indent = true, CloseOutput = false });
        xml.WriteStartElement("graphml", Namespace);
        WriteKey(xml, "name", "node", "string");
        WriteKey(xml, "label", "edge", "string");
        WriteKey(xml, "score", "edge", "double");
        WriteKey(xml, "change", "edge", "string");
        xml.WriteStartElement("graph", Namespace);
        xml.WriteAttributeString("edgedefault", "directed");
        foreach (var node in graph.Vertices)
        {
            xml.WriteStartElement("node", Namespace);
            xml.WriteAttributeString("id", Id(node));
            WriteData(xml, "name", node.Name);
            xml.WriteEndElement();
        }

        foreach (var edge in graph.Edges)
        {
            xml.WriteStartElement("edge", Namespace);
            xml.WriteAttributeString("id", string.Create(CultureInfo.InvariantCulture, $"e{edge.Index}"));
            xml.WriteAttributeString("source", Id(edge.Source));
            xml.WriteAttributeString("target", Id(edge.Target));
            WriteData(xml, "label", edge.Name);
            WriteData(xml, "score", edge.Score.ToString("R", CultureInfo.InvariantCulture));
            WriteData(xml, "change", edge.Change.ToString().ToLowerInvariant());
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static string Id(CircuitNode node) => string.Create(CultureInfo.InvariantCulture, $"n{node.Index}");

    private static void WriteKey(XmlWriter xml, string name, string of, string type)
    {
        xml.WriteStartElement("key", Namespace);
        xml.WriteAttributeString("id", name);
        xml.WriteAttributeString("for", of);
        xml.WriteAttributeString("attr.name", name);
        xml.WriteAttributeString("attr.type", type);
        xml.WriteEndElement();
    }

    private static void WriteData(XmlWriter xml, string key, string value)
    {
        xml.WriteStartElement("data", Namespace);
        xml.WriteAttributeString("key", key);
        xml.WriteString(value);
        xml.WriteEndElement();
    }
}
