using System.Text.Encodings.Web;
using System.Text.Json;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints.Formats.Torch;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Files;

/// <summary>
/// Graph files as the EAP-IG library (2025) reads and writes them:
/// <c>{"cfg": {"n_layers", "n_heads", "parallel_attn_mlp", "d_model"}, "nodes": {name: {"in_graph"}}, "edges": {name: {"score", "in_graph"}}}</c>.
/// Read too: the library's older forms, what it writes with <c>torch.save</c>, and files without scores.
/// </summary>
public static class GraphFile
{
    /// <summary>Five times the file of a graph of 36 layers and 40 heads.</summary>
    private const int LargestFile = 1 << 30;

    private const int FlushBytes = 1 << 16;
    private const int StartBytes = 16;

    /// <summary>Reads a graph file, or the pipe or device that a shell puts in its place.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="foreign">Unknown keys to ignore, and where to note what was passed over; none where it isn't given.</param>
    /// <param name="cancellation">Ends the waiting for a pipe that nobody writes to.</param>
    /// <exception cref="InvalidInputException">
    /// The file is missing or no graph; an edge is missing, or unknown, or its score infinite; a key isn't known; nodes and edges contradict each other; or masks of
    /// neurons leave parts of nodes out.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static GraphDocument Read(string path, ForeignKeys? foreign = null, CancellationToken cancellation = default)
    {
        foreign ??= new();
        if (FileStatus.Of(path)?.Kind == FileKind.Plain)
        {
            using var file = SourceFile.Open(path);
            var start = new byte[Math.Min(file.Length, StartBytes)];
            file.ReadExactly(0, start);
            if (TorchFile.IsStart(start))
            {
                return GraphTensors.Read(file, foreign);
            }
        }

        var bytes = InputBytes.Read(path, LargestFile, cancellation);
        return TorchFile.IsStart(bytes)
            ? throw new InvalidInputException(path, "is a graph of torch.save that comes out of a pipe; such a graph is read from a plain file alone")
            : GraphJson.Read(path, bytes, foreign);
    }

    /// <summary>Writes a graph file; an existing one is only replaced by a whole one.</summary>
    /// <param name="path">Where to. A link is followed; a pipe or a device is written through.</param>
    /// <param name="document">The graph.</param>
    /// <param name="cancellation">Ends the waiting for somebody who reads from a pipe.</param>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static void Write(string path, GraphDocument document, CancellationToken cancellation = default) =>
        OutputFile.Write(path, stream => Write(stream, document), cancellation);

    /// <summary>Writes a graph file's content to a stream. A score that is missing is written as <c>null</c>.</summary>
    public static void Write(Stream stream, GraphDocument document)
    {
        var graph = document.Graph;
        var circuit = document.ToCircuit();
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteStartObject("cfg");
        json.WriteNumber("n_layers", graph.Shape.Layers);
        json.WriteNumber("n_heads", graph.Shape.Heads);
        json.WriteBoolean("parallel_attn_mlp", graph.Shape.Parallel);
        if (graph.Shape.Width > 0)
        {
            json.WriteNumber("d_model", graph.Shape.Width);
        }

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
            if (float.IsNaN(document.Scores[e]))
            {
                json.WriteNull("score");
            }
            else
            {
                json.WriteNumber("score", document.Scores[e]);
            }

            json.WriteBoolean("in_graph", document.EdgesIn[e]);
            json.WriteEndObject();
            if (json.BytesPending > FlushBytes)
            {
                json.Flush();
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
