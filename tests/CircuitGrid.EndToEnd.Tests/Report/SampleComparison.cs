using System.Collections.Immutable;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>The comparisons of a sample report.</summary>
internal static class SampleComparison
{
    public static ReportTrajectory Trajectory(SampleGraph graph, ReportCell[] cells, ReportCircuit[] circuits)
    {
        var edges = circuits.Select(circuit => circuit.Edges.Select(edge => graph.EdgeName(edge.Source, edge.Slot)).ToHashSet(StringComparer.Ordinal)).ToArray();
        var nodes = circuits.Select(circuit => SampleCircuit.Nodes(graph, circuit.Edges)).ToArray();
        var included = cells.Select(cell => cell.Status == "reached").ToArray();
        var next = NextIncluded(included);
        var edgeJaccard = Consecutive(edges, next);
        var nodeJaccard = Consecutive(nodes, next);
        return new()
        {
            Model = cells[0].Model,
            Task = cells[0].Task,
            Steps = [.. cells.Select(cell => cell.Step)],
            Tokens = [.. cells.Select(cell => cell.Tokens)],
            Included = [.. included],
            PairTo = [.. next.Select(index => index is { } later ? cells[later].Step : (int?)null)],
            EdgeJaccard = edgeJaccard,
            NodeJaccard = nodeJaccard,
            WeightedJaccard = edgeJaccard,
            WeightedJaccardInCircuits = edgeJaccard,
            EdgeEwma = Smooth(edgeJaccard),
            NodeEwma = Smooth(nodeJaccard),
            EdgeEwmaInterval = [.. Smooth(edgeJaccard).Select(Around)],
            NodeEwmaInterval = [.. Smooth(nodeJaccard).Select(Around)],
            Differences = [.. edgeJaccard.Select((jaccard, i) => jaccard is { } value ? Difference(value, i) : null)],
            EdgeOverlap = Overlap(edges),
            NodeOverlap = Overlap(nodes),
        };
    }

    public static ReportScale Scale(IReadOnlyList<SampleModel> models, string task, ReportCell[] cells)
    {
        var points = models.Select(model =>
        {
            var reached = cells.Where(cell => cell.Model == model.Name && cell.Status == "reached").ToArray();
            return new ReportScalePoint(
                model.Name,
                model.Parameters,
                model.Graph.Layers * model.Graph.Heads,
                reached.Average(cell => cell.Edges),
                reached.Average(cell => cell.Nodes),
                reached.Length);
        });
        return new(task, [.. points])
        {
            Sizes = [.. models.Zip(points, (model, point) => new ReportScaleSize(model.Parameters, [model.Name], point.MeanEdges, point.MeanNodes, null))],
            NoCorrelation = $"{models.Count} model sizes; a correlation needs 6 or more",
        };
    }

    /// <summary>Every third pair is within noise, of the others those before the sixth checkpoint don't pass the false-discovery rate.</summary>
    private static ReportDifference Difference(double jaccard, int index)
    {
        var ceiling = 0.6 + 0.3 * jaccard;
        var difference = index % 3 == 0 ? -0.02 : -0.1 - 0.2 * jaccard;
        return new()
        {
            Verdict = index % 3 == 0 ? "within-noise" : (index % 5) switch { 0 => "beyond-noise", 1 => "structural-only", _ => "real" },
            EarlierOnLater = index % 3 == 0 || index % 5 == 0 ? null : index % 5 == 1 ? 0.93 : 0.41,
            LaterOnEarlier = index % 3 == 0 || index % 5 == 0 ? null : 0.87,
            Unjudged = index % 3 != 0 && index % 5 == 0 ? "no device has room for the checkpoint now" : null,
            Corrected = jaccard - 0.01,
            Across = ceiling + difference,
            Ceiling = ceiling,
            Difference = difference,
            Low = difference - 0.05,
            High = difference + 0.05,
            P = index % 3 == 0 ? 0.41 : 0.03,
            Hochberg = index % 3 == 0 ? 0.6 : 0.04,
            Yekutieli = index % 3 == 0 ? 1 : 0.12,
            Discovered = index % 3 != 0 && index >= 6,
        };
    }

    private static ReportInterval? Around(double? value) => value is { } known ? new(Math.Max(0, known - 0.1), Math.Min(1, known + 0.05)) : null;

    /// <summary>For every checkpoint but the last the index of the next included one; null for those that aren't included themselves.</summary>
    private static int?[] NextIncluded(bool[] included) =>
        [.. Enumerable.Range(0, included.Length - 1).Select(i => included[i] && Array.IndexOf(included, true, i + 1) is >= 0 and var next ? next : (int?)null)];

    private static ImmutableArray<double?> Consecutive(HashSet<string>[] sets, int?[] next) =>
        [.. next.Select((other, i) => other is { } later ? Jaccard(sets[i], sets[later]) : (double?)null)];

    private static ImmutableArray<double?> Smooth(ImmutableArray<double?> values)
    {
        double? last = null;
        return [.. values.Select(value => value is null ? null : last = last is null ? value : 0.5 * value + 0.5 * last)];
    }

    private static ImmutableArray<ImmutableArray<double?>> Overlap(HashSet<string>[] sets) =>
        [.. sets.Select(a => sets.Select(b => a.Count == 0 || b.Count == 0 ? (double?)null : Math.Round(Jaccard(a, b), 4)).ToImmutableArray())];

    private static double Jaccard(HashSet<string> a, HashSet<string> b)
    {
        var common = a.Count(b.Contains);
        return (double)common / (a.Count + b.Count - common);
    }
}
