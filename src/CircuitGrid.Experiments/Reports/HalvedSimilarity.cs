using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Jaccard similarities of two cells' circuits on halves of the examples, both found on the same ones.</summary>
/// <param name="Edges">Of their edges.</param>
/// <param name="Nodes">Of their nodes.</param>
/// <param name="Units">How many sampling units were halved.</param>
internal sealed record HalvedSimilarity(ImmutableArray<double> Edges, ImmutableArray<double> Nodes, int Units)
{
    /// <summary>The similarities; <see langword="null"/> where a cell has no circuit or too few sampling units to halve, or the cells' units aren't the same.</summary>
    public static HalvedSimilarity? Of(CellEvidence first, CellEvidence second)
    {
        if (first.HalfCircuits is not { } a || second.HalfCircuits is not { } b || !first.HasSameUnitsAs(second))
        {
            return null;
        }

        return new(
            [.. a.Zip(b, (x, y) => x.OverlapWith(y).Jaccard)],
            [.. a.Zip(b, (x, y) => NodesOf(first.Graph, x).OverlapWith(NodesOf(second.Graph, y)).Jaccard)],
            first.FindingUnits.Length);
    }

    private static BitMask NodesOf(CircuitGraph graph, BitMask edges) =>
        BitMask.FromIndices(graph.Nodes, edges.Indices().SelectMany(e => (int[])[graph.EdgeSources[e], graph.NodeOfSlot(graph.EdgeSlots[e])]));
}

/// <summary>
/// A trajectory's smoothed similarities and those of its halves, pair by pair: every half's series is smoothed as the series itself is. From a pair on
/// that can't be halved there are no intervals, because the average has a part that has none.
/// </summary>
internal sealed class SmoothedHalves
{
    private double edges = double.NaN;
    private double nodes = double.NaN;
    private bool isKnown = true;
    private double[] edgeHalves = [];
    private double[] nodeHalves = [];

    /// <summary>Takes in the next pair.</summary>
    /// <returns>Intervals of the smoothed similarities of edges and of nodes.</returns>
    public (ReportInterval? Edges, ReportInterval? Nodes) Next(CellResult first, CellResult second, HalvedSimilarity? halved)
    {
        edges = Smooth(edges, first.Edges.OverlapWith(second.Edges).Jaccard);
        nodes = Smooth(nodes, first.Nodes.OverlapWith(second.Nodes).Jaccard);
        if (halved is null || !isKnown)
        {
            isKnown = false;
            return (null, null);
        }

        edgeHalves = Smooth(edgeHalves, halved.Edges);
        nodeHalves = Smooth(nodeHalves, halved.Nodes);
        return (Interval(edges, edgeHalves, halved.Units), Interval(nodes, nodeHalves, halved.Units));
    }

    private static ReportInterval Interval(double value, double[] halves, int blocks)
    {
        var (low, high) = HalfSamples.Around(value, halves, blocks);
        return new(low, high);
    }

    private static double Smooth(double previous, double value) => double.IsNaN(previous) ? value : ExponentialAverage.Next(previous, value);

    private static double[] Smooth(double[] previous, ImmutableArray<double> values) =>
        previous.Length == 0 ? [.. values] : [.. previous.Zip(values, (before, value) => ExponentialAverage.Next(before, value))];
}
