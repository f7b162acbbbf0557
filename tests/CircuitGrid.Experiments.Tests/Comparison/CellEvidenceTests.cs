using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Comparison;

/// <summary>What stored results say about how sure they are.</summary>
public sealed class CellEvidenceTests : IDisposable
{
    private static readonly BootstrapOptions quick = new() { Resamples = 50, Splits = 10, SplitResamples = 10, RandomCircuits = 10 };
    private static readonly GraphShape shape = new(2, 2, Parallel: true, 8);

    private readonly FakeSuite files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void SizeCurve_OfAResult_IsOnTheExamplesThatFind()
    {
        var result = FakeResults.Make(shape, 1, examples: 13, blocks: 4);
        var curve = Evidence(result).SizeCurve!;
        int[] finding = [.. Enumerable.Range(0, 13).Where(i => i * 4 / 13 % 2 == 0)];
        var model = finding.Average(i => result.Metrics[i]);
        for (var s = 0; s < result.Sizes.Length; s++)
        {
            // every example of a block stands for the block's mean
            var circuit = finding.Average(i => result.SizeMetrics[(s * 4) + (i * 4 / 13)]);
            Assert.Equal(circuit / model, curve.Faithfulness[s], 1e-9);
            Assert.True(curve.Band[s].Contains(curve.Fit[s]));
        }

        Assert.Null(Evidence(result with { SizeMetrics = [] }).SizeCurve);
    }

    [Fact]
    public void Evidence_OfARealCell_AgreesWithItsSearch()
    {
        var folder = files.CheckpointFolder("one", 1);
        TinyModel.Write(folder, seed: 3);
        var result = Analyze(folder);
        var evidence = Evidence(result);
        var path = evidence.SearchPath;
        Assert.Equal(result.Sizes.Select(s => s.Budget), path.Select(s => s.Budget).Order());
        Assert.Equal((1 + evidence.Analysis.MaxEdges) / 2, path[0].Budget);

        // the curve's values are those the search went by
        Assert.Equal(result.Sizes.Select(s => result.FoundFaithfulness(s).Value), evidence.SizeCurve!.Faithfulness, (a, b) => Math.Abs(a - b) < 1e-9);
        var certainty = evidence.Certainty!;
        Assert.Equal(evidence.Graph.Edges, certainty.Inclusion.Length);
        Assert.InRange(result.Edges.Indices().Average(e => certainty.Inclusion[e]), 0.5, 1);
        Assert.InRange(evidence.Halves!.Ceiling, 0.05, 1);
    }

    [Fact]
    public void Evidence_WithoutATask_IsThatNothingIsThere()
    {
        var nothing = Evidence(FakeResults.Make(shape, 3, skill: 0));
        Assert.Equal(CellStatus.NoTask, nothing.Result.Status);
        Assert.Null(nothing.Certainty);
        Assert.Null(nothing.SizeCurve);
        Assert.Null(nothing.Halves);
        Assert.Empty(nothing.SearchPath);
        var comparison = CellComparison.Of(nothing, Evidence(FakeResults.Make(shape, 1)));
        Assert.Equal(DifferenceVerdict.NoCircuit, comparison.Verdict);
        Assert.Empty(comparison.Kept);
        Assert.Equal(0, comparison.Jaccard);
    }

    [Fact]
    public void Comparison_OfTwoCells_SplitsTheirEdges()
    {
        var (a, b) = (Evidence(FakeResults.Make(shape, 1)), Evidence(FakeResults.Make(shape, 5)));
        var comparison = CellComparison.Of(a, b);
        Assert.Equal(a.Result.Edges.Indices(), comparison.Kept.Concat(comparison.Lost).Order());
        Assert.Equal(b.Result.Edges.Indices(), comparison.Kept.Concat(comparison.Gained).Order());
        Assert.Equal((double)comparison.Kept.Length / (comparison.Kept.Length + comparison.Gained.Length + comparison.Lost.Length), comparison.Jaccard, 12);
        Assert.Equal(RandomOverlap.ExpectedJaccard(a.Graph.Edges, a.Result.Edges.Count, b.Result.Edges.Count), comparison.Chance);
        Assert.Equal((comparison.Jaccard - comparison.Chance) / (1 - comparison.Chance), comparison.Corrected, 12);
        Assert.Equal(WeightedJaccard.Of(a.Result.Scores.AsSpan(), b.Result.Scores.AsSpan()), comparison.Weighted);
        Assert.Equal(WeightedJaccard.InCircuits(a.Result.Scores.AsSpan(), a.Result.Edges, b.Result.Scores.AsSpan(), b.Result.Edges), comparison.WeightedInCircuits);
        Assert.Equal((1, a.Graph.Edges), (comparison.OverlapSizes[0], comparison.OverlapSizes[^1]));
        Assert.Equal(1, comparison.OverlapCurve[^1]);
        Assert.Equal(comparison.OverlapSizes.Distinct().Order(), comparison.OverlapSizes);

        var itself = CellComparison.Of(a, a);
        Assert.Equal((1, 1, 1, DifferenceVerdict.WithinNoise), (itself.Jaccard, itself.Spearman, itself.Weighted, itself.Verdict));
        Assert.Equal(1, itself.RankBiased, 12);
        Assert.Throws<ArgumentException>(() => CellComparison.Of(a, Evidence(FakeResults.Make(new GraphShape(3, 2, Parallel: true, 8), 1))));
    }

    private static CellResult Analyze(string folder)
    {
        var analyzer = CellAnalyzer.OnCpu();
        var task = TinyModel.Task(folder, isGood: true);
        using var loaded = analyzer.Load(folder, [], 1, null, CancellationToken.None);
        return loaded.Analyze(task, new AnalysisSpec { Blocks = 8 }.Resolve((int)GraphSize.Edges(analyzer.Inspect(folder, new()).Graph), task.Examples.Length), null, null, CancellationToken.None);
    }

    private static CellEvidence Evidence(CellResult result) =>
        new(result, new AnalysisSpec { Blocks = result.BlockCounts.Length }.Resolve(result.Scores.Length, result.Metrics.Length), quick);
}
