using System.Globalization;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Circuits.Tests.Files;

/// <summary>
/// A graph as Python writes it in any version of the EAP-IG library: names in the library's own order, <c>json.dump</c>'s blanks, words and numbers. Knows nothing of
/// the product's graph.
/// </summary>
internal sealed class LibraryGraph
{
    public LibraryGraph(int layers, int heads, bool parallel, int width)
    {
        (Layers, Heads, Parallel, Width) = (layers, heads, parallel, width);
        List<string> residual = ["input"];
        for (var l = 0; l < layers; l++)
        {
            var own = Enumerable.Range(0, heads).Select(h => $"a{l}.h{h}").ToList();
            foreach (var node in residual)
            {
                Edges.AddRange(own.SelectMany(head => "qkv".Select(c => (node, $"{head}<{c}>"))));
                if (parallel)
                {
                    Edges.Add((node, $"m{l}"));
                }
            }

            residual.AddRange(own);
            if (!parallel)
            {
                Edges.AddRange(residual.Select(node => (node, $"m{l}")));
            }

            residual.Add($"m{l}");
        }

        Edges.AddRange(residual.Select(node => (node, "logits")));
        Sources = residual;
    }

    public static LibraryGraph Of(ModelConfig config) => new(config.Layers, config.Heads, config.ParallelResidual, config.Width);

    public int Layers { get; }

    public int Heads { get; }

    public bool Parallel { get; }

    public int Width { get; }

    /// <summary>Every node but the logits, in forward order.</summary>
    public List<string> Sources { get; }

    /// <summary>Every edge: its source, and the slot it ends in.</summary>
    public List<(string From, string To)> Edges { get; } = [];

    /// <summary>Names of the slots, as the columns of the library's matrices have them.</summary>
    public IEnumerable<string> Slots =>
        Enumerable.Range(0, Layers).SelectMany(l => "qkv".SelectMany(c => Enumerable.Range(0, Heads).Select(h => $"a{l}.h{h}<{c}>")).Append($"m{l}")).Append("logits");

    /// <summary>The file.</summary>
    /// <param name="cfg">Members of <c>cfg</c> beyond the two that all versions have.</param>
    /// <param name="node">The entry of a node.</param>
    /// <param name="edge">The entry of an edge, by its name.</param>
    /// <param name="rest">What stands behind the edges.</param>
    public string ToJson(string cfg, Func<string, string> node, Func<string, string> edge, string rest = "")
    {
        var nodes = Sources.Append("logits").Select(n => $"\"{n}\": {node(n)}");
        var edges = Edges.Select(e => $"\"{e.From}->{e.To}\": {edge($"{e.From}->{e.To}")}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"cfg": {"n_layers": {{Layers}}, "n_heads": {{Heads}}, "parallel_attn_mlp": {{Word(Parallel)}}{{cfg}}}, "nodes": {{{string.Join(", ", nodes)}}}, "edges": {{{string.Join(", ", edges)}}}{{rest}}}""");
    }

    /// <summary>A number as Python writes it.</summary>
    public static string Number(double value) => double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);

    public static string Word(bool value) => value ? "true" : "false";
}
