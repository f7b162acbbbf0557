using static CircuitGrid.Circuits.Tests.Files.LibraryGraph;

namespace CircuitGrid.Circuits.Tests.Files;

/// <summary>A circuit with scores in every JSON form that the EAP-IG library and MIB's submissions have.</summary>
/// <param name="graph">The graph.</param>
/// <param name="edgesIn">Names of the edges that are in.</param>
/// <param name="scores">A score for every edge's name.</param>
internal sealed class GraphSamples(LibraryGraph graph, IReadOnlySet<string> edgesIn, IReadOnlyDictionary<string, double> scores)
{
    /// <summary>Forms in which every edge has its score.</summary>
    public static IReadOnlyList<string> Scored => ["2024", "2024 pruned by nobody", "2025", "2025 with node scores", "2025 with all neurons", "2025 with the nodes left out", "whole config"];

    /// <summary>Forms without a score, or with holes in them.</summary>
    public static IReadOnlyList<string> Unscored => ["2024 without scores", "2025 with NaN", "MIB membership", "MIB null"];

    public string ToJson(string form) => form switch
    {
        "2024" => graph.ToJson("", n => Word(IsIn(n)), Edge, ", \"n_pos\": null"),
        "2024 pruned by nobody" => graph.ToJson("", _ => "true", Edge),
        "2024 without scores" => graph.ToJson("", n => Word(IsIn(n)), e => $"{{\"score\": null, \"in_graph\": {Word(edgesIn.Contains(e))}}}"),
        "2025" => graph.ToJson(Width, Node, Edge),
        "2025 with NaN" => graph.ToJson(Width, Node, e => $"{{\"score\": {Number(e.Contains('m', StringComparison.Ordinal) ? double.NaN : scores[e])}, \"in_graph\": {Word(edgesIn.Contains(e))}}}"),
        "2025 with node scores" => graph.ToJson(Width, n => $"{{\"in_graph\": {Word(IsIn(n))}, \"score\": {Number(n.StartsWith('m') ? 0.25 : double.NaN)}}}", Edge),
        "2025 with all neurons" => graph.ToJson(Width, n => WithNeurons(n, Enumerable.Repeat(IsIn(n), graph.Width)), Edge),
        "2025 with the nodes left out" => graph.ToJson(Width, n => $"{{\"in_graph\": {Word(n == "logits")}}}", Edge),
        "whole config" => graph.ToJson($"{Width}, \"model_name\": \"pythia-70m\", \"d_head\": 6, \"n_ctx\": 16, \"act_fn\": \"gelu\"", Node, Edge),
        "MIB membership" => graph.ToJson(Width, Node, e => $"{{\"in_graph\": {Word(edgesIn.Contains(e))}}}"),
        "MIB null" => graph.ToJson(Width, Node, e => $"{{\"in_graph\": {Word(edgesIn.Contains(e))}, \"score\": null}}"),
        _ => throw new ArgumentException(form),
    };

    /// <summary>A node's entry with a mask of its neurons.</summary>
    public string WithNeurons(string node, IEnumerable<bool> neurons) =>
        $"{{\"in_graph\": {Word(IsIn(node))}, \"neurons\": [{string.Join(", ", neurons.Select(Word))}], \"neurons_scores\": [{string.Join(", ", Enumerable.Repeat("NaN", graph.Width))}]}}";

    /// <summary>The file with a mask for each node.</summary>
    public string WithNeurons(Func<string, IEnumerable<bool>?> neurons) => graph.ToJson(Width, n => neurons(n) is { } mask ? WithNeurons(n, mask) : Node(n), Edge);

    /// <summary>The file with flags of nodes that anything may have set.</summary>
    public string WithNodes(Func<string, bool> nodeIn) => graph.ToJson(Width, n => $"{{\"in_graph\": {Word(nodeIn(n))}}}", Edge);

    private string Width => $", \"d_model\": {graph.Width}";

    private string Node(string node) => $"{{\"in_graph\": {Word(IsIn(node))}}}";

    private string Edge(string edge) => $"{{\"score\": {Number(scores[edge])}, \"in_graph\": {Word(edgesIn.Contains(edge))}}}";

    /// <summary>As the library's selection marks nodes: those that an edge that is in begins or ends at.</summary>
    public bool IsIn(string node) =>
        node == "logits" || graph.Edges.Any(e => edgesIn.Contains($"{e.From}->{e.To}") && (e.From == node || e.To.Split('<')[0] == node));
}
