using System.Collections.Immutable;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.Experiments.Tests.Reports;

/// <summary>How circuits change with model size, in a report.</summary>
public sealed class ScaleReportTests
{
    [Fact]
    public void Growth_OverTasks_IsTheMeanOfLogarithmsAndDifferencesWithStudentsInterval()
    {
        var growth = ReportScaleBuilder.Growth([Scale("a", (10, 0.5), (20, 0.6)), Scale("b", (5, 0.8), (20, 0.7)), Scale("c", (8, null), (8, 0.9)), Scale("d", (3, 0.4), null)])!;
        Assert.Equal(["small"], growth.Smallest);
        Assert.Equal(["large"], growth.Largest);
        Assert.Equal(3, growth.Tasks);

        // logarithms to base 2 are 1, 2 and 0: mean 1, standard deviation 1, t of two degrees of freedom 4.302653
        var half = 4.302653 / Math.Sqrt(3);
        Assert.Equal(2, growth.NodeRatio, 1e-12);
        Assert.Equal(Math.Pow(2, 1 - half), growth.NodeRatioInterval!.Low, 1e-6);
        Assert.Equal(Math.Pow(2, 1 + half), growth.NodeRatioInterval.High, 1e-6);

        // differences 0.1 and −0.1: standard deviation 0.1·√2, t of one degree of freedom 12.706205
        Assert.Equal(0, growth.JaccardDifference!.Value, 1e-12);
        Assert.Equal(1.2706205, growth.JaccardDifferenceInterval!.High, 1e-9);

        var single = ReportScaleBuilder.Growth([Scale("a", (10, 0.5), (20, 0.6))])!;
        Assert.Equal((1, null, null), (single.Tasks, single.NodeRatioInterval, single.JaccardDifferenceInterval));
        Assert.Null(ReportScaleBuilder.Growth([Scale("a", (10, 0.5), null)]));
        Assert.Null(ReportScaleBuilder.Growth([]));
    }

    [Fact]
    public void Sizes_OfSeveralSeeds_AreOnePointWithTheSeedsInterval()
    {
        ImmutableArray<ReportScalePoint> points =
        [
            Point("s1", 100, 10, 0.5), Point("s2", 100, 12, 0.7), Point("s3", 100, 17, null), Point("l1", 900, 26, 0.9),
        ];
        var sizes = ReportScaleBuilder.Sizes(points);
        Assert.Equal([100L, 900L], sizes.Select(s => s.Parameters));
        Assert.Equal(["s1", "s2", "s3"], sizes[0].Models);

        // mean 13, standard deviation √13, t of two degrees of freedom 4.302653; a single model has no interval
        var half = 4.302653 * Math.Sqrt(13.0 / 3);
        Assert.Equal(13, sizes[0].MeanNodes!.Value, 1e-12);
        Assert.Equal((13 - half, 13 + half), (sizes[0].MeanNodesInterval!.Low, sizes[0].MeanNodesInterval!.High), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-5);
        Assert.Equal(0.6, sizes[0].MeanJaccard!.Value, 1e-12);
        Assert.Equal(0.6 + (12.706205 * 0.1), sizes[0].MeanJaccardInterval!.High, 1e-6);
        Assert.Equal((26.0, null, 0.9, null), (sizes[1].MeanNodes!.Value, sizes[1].MeanNodesInterval, sizes[1].MeanJaccard!.Value, sizes[1].MeanJaccardInterval));

        // the larger size has twice the nodes of the seeds' mean, not of any seed
        var growth = ReportScaleBuilder.Growth([new ReportScale("t", points) { Sizes = sizes, NoCorrelation = "few" }])!;
        Assert.Equal(["s1", "s2", "s3"], growth.Smallest);
        Assert.Equal(2, growth.NodeRatio, 1e-12);
        Assert.Equal(0.3, growth.JaccardDifference!.Value, 1e-12);
    }

    private static ReportScalePoint Point(string model, long parameters, double nodes, double? jaccard) => new(model, parameters, 4, 1, nodes, 2) { MeanJaccard = jaccard };

    private static ReportScale Scale(string task, (double Nodes, double? Jaccard) small, (double Nodes, double? Jaccard)? large)
    {
        ImmutableArray<ReportScalePoint> points = [Point("small", 100, small.Nodes, small.Jaccard), .. large is { } l ? [Point("large", 900, l.Nodes, l.Jaccard)] : Array.Empty<ReportScalePoint>()];
        return new(task, points) { Sizes = ReportScaleBuilder.Sizes(points), NoCorrelation = "few" };
    }
}
