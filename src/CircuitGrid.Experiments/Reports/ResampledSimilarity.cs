using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Jaccard similarities of two cells' circuits in every resample, both found on the same examples.</summary>
/// <param name="Edges">Of their edges.</param>
/// <param name="Nodes">Of their nodes.</param>
/// <param name="Blocks">How many blocks were resampled; the fewer where the cells differ in that.</param>
internal sealed record ResampledSimilarity(ImmutableArray<double> Edges, ImmutableArray<double> Nodes, int Blocks)
{
    /// <summary>The similarities; <see langword="null"/> where a cell has no circuit to resample.</summary>
    public static ResampledSimilarity? Of(CellEvidence first, CellEvidence second)
    {
        if (first.Certainty is not { } a || second.Certainty is not { } b)
        {
            return null;
        }

        return new(
            [.. a.Circuits.Zip(b.Circuits, (x, y) => x.OverlapWith(y).Jaccard)],
            [.. a.Circuits.Zip(b.Circuits, (x, y) => NodesOf(first.Graph, x).OverlapWith(NodesOf(second.Graph, y)).Jaccard)],
            Math.Min(first.Blocks, second.Blocks));
    }

    private static BitMask NodesOf(CircuitGraph graph, BitMask edges) =>
        BitMask.FromIndices(graph.Nodes, edges.Indices().SelectMany(e => (int[])[graph.EdgeSources[e], graph.NodeOfSlot(graph.EdgeSlots[e])]));
}

/// <summary>
/// A trajectory's smoothed similarities and those of its resamples, pair by pair: every resample's series is smoothed as the series itself is. From a pair on
/// that can't be resampled there are no intervals, because the average has a part that has none.
/// </summary>
internal sealed class SmoothedResamples
{
    private double edges = double.NaN;
    private double nodes = double.NaN;
    private bool isKnown = true;
    private double[] edgeReplicates = [];
    private double[] nodeReplicates = [];

    /// <summary>Takes in the next pair.</summary>
    /// <returns>Intervals of the smoothed similarities of edges and of nodes.</returns>
    public (ReportInterval? Edges, ReportInterval? Nodes) Next(CellResult first, CellResult second, ResampledSimilarity? resampled)
    {
        edges = Smooth(edges, first.Edges.OverlapWith(second.Edges).Jaccard);
        nodes = Smooth(nodes, first.Nodes.OverlapWith(second.Nodes).Jaccard);
        if (resampled is null || !isKnown)
        {
            isKnown = false;
            return (null, null);
        }

        edgeReplicates = Smooth(edgeReplicates, resampled.Edges);
        nodeReplicates = Smooth(nodeReplicates, resampled.Nodes);
        return (Interval(edges, edgeReplicates, resampled.Blocks), Interval(nodes, nodeReplicates, resampled.Blocks));
    }

    private static ReportInterval Interval(double value, double[] replicates, int blocks)
    {
        var (low, high) = SimilarityInterval.Around(value, replicates, blocks);
        return new(low, high);
    }

    private static double Smooth(double previous, double value) => double.IsNaN(previous) ? value : ExponentialAverage.Next(previous, value);

    private static double[] Smooth(double[] previous, ImmutableArray<double> values) =>
        previous.Length == 0 ? [.. values] : [.. previous.Zip(values, (before, value) => ExponentialAverage.Next(before, value))];
}
