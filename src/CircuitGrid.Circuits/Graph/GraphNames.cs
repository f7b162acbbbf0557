using System.Globalization;

namespace CircuitGrid.Circuits.Graph;

/// <summary>Names of nodes and edges exactly as the EAP-IG library writes them: <c>a3.h1</c>, <c>m2</c>, <c>input->a0.h3&lt;q&gt;</c>.</summary>
public static class GraphNames
{
    private const string Components = "qkv";

    public static string Node(CircuitGraph graph, int node)
    {
        if (node == graph.LogitsNode)
        {
            return "logits";
        }

        if (node == 0)
        {
            return "input";
        }

        var (layer, rest) = ((node - 1) / (graph.Shape.Heads + 1), (node - 1) % (graph.Shape.Heads + 1));
        return rest == graph.Shape.Heads
            ? string.Create(CultureInfo.InvariantCulture, $"m{layer}")
            : string.Create(CultureInfo.InvariantCulture, $"a{layer}.h{rest}");
    }

    public static string Slot(CircuitGraph graph, int slot)
    {
        var name = Node(graph, graph.NodeOfSlot(slot));
        return graph.KindOfSlot(slot) is var kind and (SlotKind.Query or SlotKind.Key or SlotKind.Value) ? $"{name}<{Components[(int)kind]}>" : name;
    }

    public static string Edge(CircuitGraph graph, int edge) =>
        $"{Node(graph, graph.EdgeSources[edge])}->{Slot(graph, graph.EdgeSlots[edge])}";

    /// <summary>The node of a name, or −1.</summary>
    public static int FindNode(CircuitGraph graph, ReadOnlySpan<char> name)
    {
        if (name is "input")
        {
            return 0;
        }

        if (name is "logits")
        {
            return graph.LogitsNode;
        }

        if (name.StartsWith("m"))
        {
            return TryIndex(name[1..], graph.Shape.Layers, out var mlpLayer) ? graph.MlpNode(mlpLayer) : -1;
        }

        var dot = name.IndexOf(".h");
        return name.StartsWith("a") && dot > 0
            && TryIndex(name[1..dot], graph.Shape.Layers, out var layer) && TryIndex(name[(dot + 2)..], graph.Shape.Heads, out var head)
            ? graph.HeadNode(layer, head)
            : -1;
    }

    /// <summary>The edge of a name, or −1.</summary>
    public static int FindEdge(CircuitGraph graph, ReadOnlySpan<char> name)
    {
        var arrow = name.IndexOf("->");
        if (arrow < 0)
        {
            return -1;
        }

        var source = FindNode(graph, name[..arrow]);
        var slot = FindSlot(graph, name[(arrow + 2)..]);
        return source >= 0 && source < graph.Sources && slot >= 0 && source < graph.SourcesOf(slot) ? graph.Edge(source, slot) : -1;
    }

    private static int FindSlot(CircuitGraph graph, ReadOnlySpan<char> name)
    {
        var component = 0;
        var isHead = name.StartsWith("a");
        if (isHead)
        {
            if (name.Length < 4 || name[^1] != '>' || name[^3] != '<' || (component = Components.IndexOf(name[^2])) < 0)
            {
                return -1;
            }

            name = name[..^3];
        }

        var node = FindNode(graph, name);
        return node <= 0 ? -1 : graph.SlotsOfNode(node)[isHead ? component : 0];
    }

    private static bool TryIndex(ReadOnlySpan<char> text, int count, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < count && (text.Length == 1 || text[0] != '0');
}
