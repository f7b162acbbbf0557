using System.Text.Json;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Files;

/// <summary>
/// Graph files as the EAP-IG library (2025) reads and writes them:
/// <c>{"cfg": {"n_layers", "n_heads", "parallel_attn_mlp", "d_model"}, "nodes": {name: {"in_graph"}}, "edges": {name: {"score", "in_graph"}}}</c>.
/// Read too: the older form with <c>"nodes": {name: bool}</c>. Unknown keys are passed over, unknown names are errors.
/// </summary>
public static class GraphFile
{
    private const long LargestFile = 4L << 30;

    /// <summary>An edge's entry takes at least this many bytes, which bounds the graph that a file of a given length can describe.</summary>
    private const int SmallestEntry = 16;

    /// <summary>Reads a graph file.</summary>
    /// <exception cref="InvalidInputException">The file is missing, is no JSON, lacks an edge, names an unknown one, or holds a score that is no finite number.</exception>
    public static GraphDocument Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > LargestFile)
            {
                throw new InvalidInputException(path, $"is {stream.Length} bytes long; a graph file has at most {LargestFile}");
            }

            using var document = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 16 });
            return Read(path, document.RootElement, stream.Length);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A string that is no valid UTF-8 only shows when it is decoded, as an InvalidOperationException.
            throw new InvalidInputException(path, $"is no valid JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new InvalidInputException(path, $"can't be read: {e.Message}", e);
        }
    }

    /// <summary>Writes a graph file; an existing one is only replaced by a whole one.</summary>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public static void Write(string path, GraphDocument document)
    {
        var partial = $"{path}.partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write))
            {
                Write(stream, document);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            if (File.Exists(partial))
            {
                File.Delete(partial);
            }

            throw new InvalidInputException(path, $"can't be written: {e.Message}", e);
        }
    }

    /// <summary>Writes a graph file's content to a stream.</summary>
    public static void Write(Stream stream, GraphDocument document)
    {
        var graph = document.Graph;
        var circuit = document.ToCircuit();
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteStartObject("cfg");
        json.WriteNumber("n_layers", graph.Shape.Layers);
        json.WriteNumber("n_heads", graph.Shape.Heads);
        json.WriteBoolean("parallel_attn_mlp", graph.Shape.Parallel);
        json.WriteNumber("d_model", graph.Shape.Width);
        json.WriteEndObject();

        json.WriteStartObject("nodes");
        for (var n = 0; n < graph.Nodes; n++)
        {
            json.WriteStartObject(GraphNames.Node(graph, n));
            json.WriteBoolean("in_graph", circuit.ContainsNode(n));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("edges");
        for (var e = 0; e < graph.Edges; e++)
        {
            json.WriteStartObject(GraphNames.Edge(graph, e));
            json.WriteNumber("score", document.Scores[e]);
            json.WriteBoolean("in_graph", document.EdgesIn[e]);
            json.WriteEndObject();
            if (json.BytesPending > 1 << 16)
            {
                json.Flush();
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static GraphDocument Read(string path, JsonElement root, long length)
    {
        var cfg = Object(path, root, "cfg");
        var shape = new GraphShape(
            Integer(path, cfg, "n_layers"),
            Integer(path, cfg, "n_heads"),
            cfg.TryGetProperty("parallel_attn_mlp", out var parallel) && Flag(path, parallel, "cfg.parallel_attn_mlp"),
            cfg.TryGetProperty("d_model", out _) ? Integer(path, cfg, "d_model") : 0);
        var slots = (shape.Layers * ((3.0 * shape.Heads) + 1)) + 1;
        if (slots * shape.Layers * (shape.Heads + 1.0) / 2 * SmallestEntry > length * 2.0)
        {
            throw new InvalidInputException(path, $"a graph of {shape.Layers} layers and {shape.Heads} heads has more edges than a file of {length} bytes can list");
        }

        var graph = new CircuitGraph(shape);
        ReadNodes(path, graph, Object(path, root, "nodes"));
        return ReadEdges(path, graph, Object(path, root, "edges"));
    }

    /// <summary>Node membership follows from the edges; entries are only checked.</summary>
    private static void ReadNodes(string path, CircuitGraph graph, JsonElement nodes)
    {
        foreach (var node in nodes.EnumerateObject())
        {
            if (GraphNames.FindNode(graph, node.Name) < 0)
            {
                throw new InvalidInputException(path, $"node '{Shown(node.Name)}' is not in a graph of {graph.Shape.Layers} layers and {graph.Shape.Heads} heads");
            }

            var flag = node.Value;
            if (flag.ValueKind == JsonValueKind.Object && !flag.TryGetProperty("in_graph", out flag))
            {
                throw new InvalidInputException(path, $"node '{node.Name}' has no in_graph");
            }

            Flag(path, flag, node.Name);
        }
    }

    private static GraphDocument ReadEdges(string path, CircuitGraph graph, JsonElement edges)
    {
        var scores = new float[graph.Edges];
        var isIn = new bool[graph.Edges];
        var seen = new bool[graph.Edges];
        foreach (var entry in edges.EnumerateObject())
        {
            var edge = GraphNames.FindEdge(graph, entry.Name);
            if (edge < 0)
            {
                throw new InvalidInputException(path, $"edge '{Shown(entry.Name)}' is not in a graph of {graph.Shape.Layers} layers and {graph.Shape.Heads} heads");
            }

            if (seen[edge])
            {
                throw new InvalidInputException(path, $"edge '{entry.Name}' is listed twice");
            }

            if (entry.Value.ValueKind != JsonValueKind.Object
                || !entry.Value.TryGetProperty("score", out var score) || score.ValueKind != JsonValueKind.Number
                || !score.TryGetSingle(out scores[edge]) || !float.IsFinite(scores[edge]))
            {
                throw new InvalidInputException(path, $"edge '{entry.Name}' has no finite score");
            }

            if (!entry.Value.TryGetProperty("in_graph", out var flag))
            {
                throw new InvalidInputException(path, $"edge '{entry.Name}' has no in_graph");
            }

            isIn[edge] = Flag(path, flag, entry.Name);
            seen[edge] = true;
        }

        var missing = Array.IndexOf(seen, value: false);
        return missing < 0
            ? new GraphDocument(graph, [.. scores], [.. isIn])
            : throw new InvalidInputException(path, $"edge '{GraphNames.Edge(graph, missing)}' is missing");
    }

    private static JsonElement Object(string path, JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object
            ? value
            : throw new InvalidInputException(path, $"has no object '{name}'");

    private static int Integer(string path, JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number is > 0 and <= 1 << 20
            ? number
            : throw new InvalidInputException(path, $"cfg.{name} is no positive whole number");

    private static bool Flag(string path, JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new InvalidInputException(path, $"{Shown(name)}: expected true or false"),
    };

    private static string Shown(string name) => name.Length <= 60 ? name : $"{name[..60]}…";
}
