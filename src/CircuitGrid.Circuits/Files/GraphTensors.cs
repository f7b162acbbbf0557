using System.Collections.Frozen;
using System.Text.Json;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints.Formats.Torch;
using CircuitGrid.Models.Files;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Files;

/// <summary>
/// The form of graph files that the EAP-IG library writes with <c>torch.save</c>: matrices of scores and flags, a row for every source and a column for every slot,
/// in the order of <see cref="CircuitGraph"/>. Entries that are no edges are the library's leftovers and mean nothing.
/// </summary>
internal static class GraphTensors
{
    /// <param name="file">The file.</param>
    /// <param name="foreign">Unknown keys to ignore, and where to note what was passed over.</param>
    /// <exception cref="InvalidInputException">It is no graph, or says something that isn't understood.</exception>
    public static GraphDocument Read(SourceFile file, ForeignKeys foreign)
    {
        var contents = TorchDictionary.Read(file);
        var root = contents.Values;
        var cfg = root.Require("cfg");
        var shape = GraphJson.ReadShape(cfg, cfg.Require("parallel_attn_mlp").AsBoolean(), foreign);
        var (sources, slots) = (1 + (shape.Layers * (shape.Heads + 1L)), (shape.Layers * ((3L * shape.Heads) + 1)) + 1);

        // The matrix lies in the file, which so bounds the graph before it is made.
        var edgesIn = Flags(Matrix(contents, "edges_in_graph", sources, slots));
        var graph = new CircuitGraph(shape);
        var parts = new GraphParts(file.Path, graph);
        string[] scoreKeys = ["edges_scores", "edges"];
        var scores = scoreKeys.FirstOrDefault(root.Has) is { } key ? Matrix(contents, key, sources, slots).Read() : null;
        for (var e = 0; e < graph.Edges; e++)
        {
            var at = (graph.EdgeSources[e] * slots) + graph.EdgeSlots[e];
            parts.SetEdge(e, edgesIn[at]);
            parts.SetScore(e, scores?[at] ?? double.NaN);
        }

        ReadNodes(contents, parts);
        ReadNeurons(contents, parts);
        CheckNames(root.Find("dst_nodes"), [.. Enumerable.Range(0, graph.Slots).Select(s => GraphNames.Slot(graph, s))]);
        root.FinishForeign(FrozenSet<string>.Empty, foreign);
        return parts.ToDocument();
    }

    /// <summary>Flags of nodes: a tensor, or in the first version a dictionary by their names. Between these two versions the tensor had a flag for the logits, too.</summary>
    private static void ReadNodes(TorchDictionary contents, GraphParts parts)
    {
        var graph = parts.Graph;
        string[] names = [.. Enumerable.Range(0, graph.Sources).Select(n => GraphNames.Node(graph, n))];
        if (contents.Values.Find("src_nodes") is { Kind: JsonValueKind.Object } named)
        {
            var flags = named.Members().ToList();
            CheckNames(named, names, [.. flags.Select(f => f.Key)]);
            for (var n = 0; n < names.Length; n++)
            {
                parts.SetNode(n, flags[n].Value.AsBoolean());
            }
        }
        else
        {
            CheckNames(contents.Values.Find("src_nodes"), names);
            var tensor = contents.RequireTensor("nodes_in_graph");
            if (tensor.Shape is not [var count] || (count != graph.Sources && count != graph.Nodes))
            {
                throw new InvalidInputException(tensor.Where, $"is {tensor.Description}; it must have {graph.Sources} entries, one for every source");
            }

            var flags = Flags(tensor);
            for (var n = 0; n < flags.Length; n++)
            {
                parts.SetNode(n, flags[n]);
            }
        }

        if (contents.Values.Has("nodes_scores"))
        {
            contents.RequireTensor("nodes_scores");
        }
    }

    private static void ReadNeurons(TorchDictionary contents, GraphParts parts)
    {
        if (contents.Values.Has("neurons_scores"))
        {
            contents.RequireTensor("neurons_scores");
        }

        if (!contents.Values.Has("neurons_in_graph"))
        {
            return;
        }

        var (sources, width) = (parts.Graph.Sources, parts.Graph.Shape.Width);
        var masks = Flags(Matrix(contents, "neurons_in_graph", sources, width));
        for (var n = 0; n < sources; n++)
        {
            parts.SetNeurons(n, masks[(n * width)..((n + 1) * width)]);
        }
    }

    private static TorchTensor Matrix(TorchDictionary contents, string key, long rows, long columns)
    {
        var tensor = contents.RequireTensor(key);
        return tensor.Shape is [var actualRows, var actualColumns] && actualRows == rows && actualColumns == columns
            ? tensor
            : throw new InvalidInputException(tensor.Where, $"is {tensor.Description}; by cfg it must have shape [{rows}, {columns}]");
    }

    private static bool[] Flags(TorchTensor tensor) =>
        [.. tensor.Read().Select(x => x is 0 or 1 ? x == 1 : throw new InvalidInputException(tensor.Where, $"is {tensor.Description} and holds other numbers than 0 and 1; it must be of flags"))];

    private static void CheckNames(JsonInput? list, string[] expected)
    {
        if (list is not null)
        {
            CheckNames(list, expected, [.. list.Items().Select(x => x.AsString())]);
        }
    }

    /// <summary>Names say what rows and columns are; all versions have them in one order.</summary>
    private static void CheckNames(JsonInput place, string[] expected, string[] actual)
    {
        if (actual.Length != expected.Length)
        {
            throw place.Error($"has {actual.Length} names; by cfg it must have {expected.Length}");
        }

        for (var i = 0; i < expected.Length; i++)
        {
            if (actual[i] != expected[i])
            {
                throw place.Error($"has '{Text.OneLine(actual[i])}' where '{expected[i]}' must be");
            }
        }
    }
}
