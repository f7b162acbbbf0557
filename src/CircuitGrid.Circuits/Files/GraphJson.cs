using System.Collections.Frozen;
using System.Text.Json;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Files;

/// <summary>
/// The JSON form of graph files: that of the EAP-IG library in all its versions, and what MIB's submissions leave out of it. Nodes are flags or objects; scores
/// may be missing, <c>null</c> or NaN.
/// </summary>
internal static class GraphJson
{
    /// <summary>An edge's entry takes at least this many bytes, which bounds the graph that a file of a given length can describe.</summary>
    private const int SmallestEntry = 16;

    private const int LargestCount = 1 << 20;

    /// <summary>What a configuration says about the model that the graph was made of, and the graph doesn't depend on.</summary>
    private static readonly FrozenSet<string> s_harmlessConfig =
        ((string[])["model_name", "original_architecture", "tokenizer_name", "d_head", "d_mlp", "d_vocab", "d_vocab_out", "n_ctx", "n_params", "act_fn", "dtype", "device", "n_devices", "seed"])
        .ToFrozenSet(StringComparer.Ordinal);

    /// <param name="path">What messages call the file.</param>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="foreign">Unknown keys to ignore, and where to note what was passed over.</param>
    /// <exception cref="InvalidInputException">It is no graph, or says something that isn't understood.</exception>
    public static GraphDocument Read(string path, ReadOnlyMemory<byte> utf8, ForeignKeys foreign)
    {
        var root = JsonInput.Parse(path, PythonNumbers.ToJson(utf8).Span);
        var cfg = root.Require("cfg");

        // Where it isn't said which of the two, the edges say it as well.
        var shape = ReadShape(cfg, cfg.FindBoolean("parallel_attn_mlp") ?? false, foreign);
        var slots = (shape.Layers * ((3.0 * shape.Heads) + 1)) + 1;
        if (slots * shape.Layers * (shape.Heads + 1.0) / 2 * SmallestEntry > utf8.Length * 2.0)
        {
            throw new InvalidInputException(path, $"a graph of {shape.Layers} layers and {shape.Heads} heads has more edges than a file of {utf8.Length} bytes can list");
        }

        var parts = new GraphParts(path, new CircuitGraph(shape));
        ReadNodes(root.Require("nodes"), parts, foreign);
        ReadEdges(root.Require("edges"), parts, foreign);
        if (root.Find("n_pos") is { } positions)
        {
            throw positions.Error("isn't null: this is a graph with nodes for every position, and such graphs aren't read");
        }

        root.FinishForeign(FrozenSet<string>.Empty, foreign);
        return parts.ToDocument();
    }

    /// <summary>The shape that the configuration of a graph gives, in whatever form the graph is.</summary>
    /// <param name="cfg">The configuration.</param>
    /// <param name="isParallel">What it says about attention and MLP.</param>
    /// <param name="foreign">Unknown keys to ignore, and where to note what was passed over.</param>
    /// <exception cref="InvalidInputException">It lacks a count, or says something that isn't understood.</exception>
    public static GraphShape ReadShape(JsonInput cfg, bool isParallel, ForeignKeys foreign)
    {
        var shape = new GraphShape(
            (int)cfg.Require("n_layers").AsInteger(1, LargestCount),
            (int)cfg.Require("n_heads").AsInteger(1, LargestCount),
            isParallel,
            (int)(cfg.FindInteger("d_model", 1, LargestCount) ?? 0));
        cfg.FinishForeign(s_harmlessConfig, foreign);
        return shape;
    }

    private static void ReadNodes(JsonInput nodes, GraphParts parts, ForeignKeys foreign)
    {
        foreach (var (name, value) in nodes.Members())
        {
            var node = GraphNames.FindNode(parts.Graph, name);
            if (node < 0)
            {
                throw nodes.Error($"has '{Text.OneLine(name)}', which is not in a graph of {Describe(parts.Graph.Shape)}");
            }

            if (value.Kind != JsonValueKind.Object)
            {
                parts.SetNode(node, value.AsBoolean());
                continue;
            }

            parts.SetNode(node, value.Require("in_graph").AsBoolean());
            value.Find("score")?.AsAnyNumber();
            if (value.Find("neurons") is { } neurons)
            {
                parts.SetNeurons(node, [.. neurons.Items().Select(x => x.AsBoolean())]);
            }

            foreach (var score in value.Find("neurons_scores")?.Items() ?? [])
            {
                ReadScore(score);
            }

            value.FinishForeign(FrozenSet<string>.Empty, foreign);
        }
    }

    private static void ReadEdges(JsonInput edges, GraphParts parts, ForeignKeys foreign)
    {
        var seen = new bool[parts.Graph.Edges];
        foreach (var (name, value) in edges.Members())
        {
            var edge = GraphNames.FindEdge(parts.Graph, name);
            if (edge < 0)
            {
                throw edges.Error($"has '{Text.OneLine(name)}', which is not in a graph of {Describe(parts.Graph.Shape)}");
            }

            value.Expect(JsonValueKind.Object);
            parts.SetEdge(edge, value.Require("in_graph").AsBoolean());
            parts.SetScore(edge, value.Find("score")?.AsAnyNumber() ?? double.NaN);
            value.FinishForeign(FrozenSet<string>.Empty, foreign);
            seen[edge] = true;
        }

        var missing = Array.IndexOf(seen, value: false);
        if (missing >= 0)
        {
            throw edges.Error($"has no '{GraphNames.Edge(parts.Graph, missing)}'; a graph file lists every edge of a graph of {Describe(parts.Graph.Shape)}");
        }
    }

    /// <summary>A score that isn't used.</summary>
    private static void ReadScore(JsonInput score)
    {
        if (score.Kind != JsonValueKind.Null)
        {
            score.AsAnyNumber();
        }
    }

    private static string Describe(GraphShape shape) => $"{shape.Layers} layers and {shape.Heads} heads, attention and MLP {(shape.Parallel ? "parallel" : "in sequence")}";
}
