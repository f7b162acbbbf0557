using System.Globalization;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Comparison;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary>Kept, gained and lost edges on the layer × head lattice, counted at the node they lead to: <c>=2+1-3</c>.</summary>
internal static class DifferenceLattice
{
    public static Table Create(IAnsiConsole console, CircuitGraph graph, CellComparison comparison)
    {
        var (kept, gained, lost) = (Count(graph, comparison.Kept), Count(graph, comparison.Gained), Count(graph, comparison.Lost));
        string[] heads = [.. Enumerable.Range(0, graph.Shape.Heads).Select(h => string.Create(CultureInfo.InvariantCulture, $"h{h}"))];
        var table = Tables.Create(console, ["layer", .. heads, "mlp"]);
        table.Row(["logits", Text(graph.LogitsNode)]);
        for (var layer = graph.Shape.Layers - 1; layer >= 0; layer--)
        {
            table.Row(
            [
                layer.ToString(CultureInfo.InvariantCulture),
                .. Enumerable.Range(0, graph.Shape.Heads).Select(h => Text(graph.HeadNode(layer, h))),
                Text(graph.MlpNode(layer)),
            ]);
        }

        return table;

        string Text(int node) => kept[node] + gained[node] + lost[node] == 0 ? "·" : Part('=', kept[node]) + Part('+', gained[node]) + Part('-', lost[node]);

        static string Part(char sign, int count) => count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{sign}{count}");
    }

    private static int[] Count(CircuitGraph graph, IEnumerable<int> edges)
    {
        var counts = new int[graph.Nodes];
        foreach (var edge in edges)
        {
            counts[graph.NodeOfSlot(graph.EdgeSlots[edge])]++;
        }

        return counts;
    }
}
