using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
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

        Assert.False(curve.IncludesRanking);
        Assert.Null(Evidence(result with { SizeMetrics = [] }).SizeCurve);
    }

    /// <summary>Plain and normalised, each half's circuits on its own examples: blocks 0 and 4 of 5 are the one, block 2 the other.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SizeCurve_OfTwoRankings_HoldsTheCurvesOfBoth(bool isNormalized)
    {
        for (var seed = 1; seed < 6; seed++)
        {
            var result = FakeResults.WithHalves(FakeResults.Make(shape, seed, examples: 13, blocks: 5), seed);
            var evidence = Evidence(result);
            var curve = (isNormalized ? evidence.NormalizedSizeCurve : evidence.SizeCurve)!;
            Assert.True(curve.IncludesRanking);
            double[][] curves = [Curve(result.SizeMetrics, [0, 2, 4]), Curve(result.HalfMetrics, [0, 4]), Curve(result.HalfMetrics, [2])];
            for (var s = 0; s < result.Sizes.Length; s++)
            {
                Assert.Equal(curves[0][s], curve.Faithfulness[s], 1e-9);
                Assert.All(curves, c => Assert.InRange(c[s], curve.Band[s].Low - 1e-9, curve.Band[s].High + 1e-9));
            }

            foreach (var values in curves)
            {
                var crossings = Enumerable.Range(0, values.Length).Where(s => values[s] >= 0.8 && (s == 0 || values[s - 1] < 0.8)).Select(s => (double)result.Sizes[s].Budget).DefaultIfEmpty(double.PositiveInfinity);
                Assert.All(crossings, crossing => Assert.True(curve.SmallestBudgetInterval.Contains(crossing)));
            }

            double[] Curve(ImmutableArray<double> metrics, int[] blocks)
            {
                int[] examples = [.. Enumerable.Range(0, 13).Where(i => blocks.Contains(i * 5 / 13))];
                var empty = isNormalized ? examples.Average(i => result.AblatedMetrics[i]) : 0;
                var model = examples.Average(i => result.Metrics[i]);
                return [.. Enumerable.Range(0, result.Sizes.Length).Select(s => (examples.Average(i => metrics[(s * 5) + (i * 5 / 13)]) - empty) / (model - empty))];
            }
        }
    }

    /// <summary>
    /// Twelve examples of two or three prompts say no more than so many: blocks that share a prompt are drawn together, and what is no sample gives no interval, not one
    /// of no width.
    /// </summary>
    [Fact]
    public void Evidence_OfRepeatedPrompts_HasAUnitForEach()
    {
        var result = FakeResults.Make(shape, 1, examples: 12, blocks: 12);
        var analysis = new AnalysisSpec { Blocks = 12, Split = SplitRule.None }.Resolve(result.Scores.Length, 12);
        var three = new CellEvidence(result, analysis, Repeated(3), quick);
        Assert.Equal(3, three.Units.Count);
        Assert.Equal(["0 3 6 9", "1 4 7 10", "2 5 8 11"], three.FindingUnits.Select(u => string.Join(' ', u)));
        Assert.Equal((false, null, null), (three.HasHalves, three.Ceiling, three.HalfCircuits));
        Assert.Equal(DifferenceVerdict.TooFewBlocks, CellComparison.Of(three, three).Verdict);
        var means = new BlockMeans(three.Graph, result.BlockScores, result.BlockCounts);
        var expected = EdgeBootstrap.Run(means, [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]], new(SelectionRule.Greedy, Absolute: true, result.Budget), quick);
        Assert.Equal(expected.StandardErrors, three.Certainty!.StandardErrors);

        var one = new CellEvidence(result, analysis, Repeated(1), quick);
        Assert.Equal(1, one.Units.Count);
        Assert.Null(one.Certainty);
        Assert.True(double.IsNaN(one.SizeCurve!.SmallestBudgetInterval.Low) && double.IsNaN(one.SizeCurve.SmallestBudgetInterval.High));
        Assert.False(one.SizeCurve.IsDetermined);
        Assert.Equal(SizeVerdict.Unknown, CellComparison.Of(one, three).SizeVerdict);

        // without the examples every block is a unit, as results of before are read
        Assert.Equal(12, new CellEvidence(result, analysis, null, quick).Units.Count);
        Assert.Equal(12, new CellEvidence(result, analysis, Repeated(12), quick).Units.Count);
    }

    /// <summary>Cells on the same prompts are compared pair by pair, on others by dealing anew; which of the two decides what the least p is.</summary>
    [Fact]
    public void CompareNoise_OfCells_IsThatOfTheirUnitsAtBothSizes()
    {
        // of at most a third of the edges: larger circuits have too much in common whatever the scores
        var results = Enumerable.Range(1, 200).Select(seed => FakeResults.Make(shape, seed, examples: 24, blocks: 24, scatter: 0.05)).Where(r => r.Budget is > 5 and < 15);
        var (a, b) = (results.First(), results.Last());
        Assert.NotEqual(a.Budget, b.Budget);
        var analysis = new AnalysisSpec { Blocks = 24 }.Resolve(a.Scores.Length, 24);
        var (first, second, others) = (new CellEvidence(a, analysis, Repeated(24, 24), quick), new CellEvidence(b, analysis, Repeated(24, 24), quick), new CellEvidence(b, analysis, Repeated(24, 24, first: 50), quick));
        Assert.True(first.HasSameExamplesAs(second));
        Assert.False(first.HasSameExamplesAs(others));
        Assert.False(first.HasSameExamplesAs(new(b, analysis, null, quick)));

        ImmutableArray<int> budgets = [.. new[] { a.Budget, b.Budget }.Order()];
        foreach (var (other, isPaired) in (IEnumerable<(CellEvidence, bool)>)[(second, true), (others, false)])
        {
            var found = first.CompareNoise(other)!;
            Assert.Equal(budgets, found.Budgets);
            Assert.Equal(budgets.Average(n => Across(first.HalvesAt(n), other.HalvesAt(n))), found.Across, 12);
            Assert.Equal(DifferenceVerdict.Different, CellComparison.Of(first, other).Verdict);
            Assert.Equal(ExchangeTest.PValue(first.Scores, other.Scores, budgets, isPaired, quick), found.PValue, 12);
        }

        double Across(SplitHalves one, SplitHalves other) => NoiseComparison.Of([one], [other], () => 1, 1).Across;
    }

    [Fact]
    public void Scope_OfAComparison_IsTemplatesWhereBothCellsSampleThem()
    {
        var result = FakeResults.Make(shape, 1);
        var examples = new AnalysisSpec { Blocks = 4 }.Resolve(result.Scores.Length, 12);
        var templates = examples with { Sampling = SamplingRule.Templates };
        foreach (var (one, other, expected) in (IEnumerable<(CellAnalysis, CellAnalysis, SamplingRule)>)[
            (templates, templates, SamplingRule.Templates), (templates, examples, SamplingRule.Examples), (examples, templates, SamplingRule.Examples), (examples, examples, SamplingRule.Examples)])
        {
            Assert.Equal(expected, CellComparison.Of(new(result, one, null, quick), new(result, other, null, quick)).Scope);
        }
    }

    [Theory]
    [InlineData(SearchRule.Bisection)]
    [InlineData(SearchRule.Grid)]
    public void Evidence_OfARealCell_AgreesWithItsSearch(SearchRule search)
    {
        var folder = files.CheckpointFolder("one", 1);
        TinyModel.Write(folder, seed: 3);
        var result = Analyze(folder, search);
        var evidence = Evidence(result, search);
        var path = evidence.SearchPath;
        Assert.Equal(result.Sizes.Select(s => s.Budget), path.Select(s => s.Budget).Order());
        Assert.Equal(search == SearchRule.Grid ? 1 : (1 + evidence.Analysis.MaxEdges) / 2, path[0].Budget);
        Assert.Equal(search == SearchRule.Grid, path.SequenceEqual(result.Sizes));
        Assert.Equal(search == SearchRule.Grid, evidence.SizeCurve!.IncludesRanking);

        // the curve's values are those the search went by
        Assert.Equal(result.Sizes.Select(s => result.FoundFaithfulness(s).Value), evidence.SizeCurve!.Faithfulness, (a, b) => Math.Abs(a - b) < 1e-9);
        var certainty = evidence.Certainty!;
        Assert.Equal(evidence.Graph.Edges, certainty.Inclusion.Length);
        Assert.InRange(result.Edges.Indices().Average(e => certainty.Inclusion[e]), 0.5, 1);
        Assert.InRange(evidence.Ceiling!.Value, 0.05, 1);
        Assert.Equal(evidence.HalvesAt(result.Budget).Ceiling, evidence.Ceiling);
    }

    [Fact]
    public void Evidence_WithoutATask_IsThatNothingIsThere()
    {
        var nothing = Evidence(FakeResults.Make(shape, 3, skill: 0));
        Assert.Equal(CellStatus.NoTask, nothing.Result.Status);
        Assert.Null(nothing.Certainty);
        Assert.Null(nothing.SizeCurve);
        Assert.Null(nothing.NormalizedSizeCurve);
        Assert.Null(nothing.Ceiling);
        Assert.Empty(nothing.SearchPath);
        var comparison = CellComparison.Of(nothing, Evidence(FakeResults.Make(shape, 1)));
        Assert.Equal(DifferenceVerdict.NoCircuit, comparison.Verdict);
        Assert.Empty(comparison.Kept);
        Assert.Equal((0, SizeVerdict.Unknown), (comparison.Jaccard, comparison.SizeVerdict));
        Assert.Null(comparison.Noise);
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
        Assert.Equal((1, 1, 1, DifferenceVerdict.Same), (itself.Jaccard, itself.Spearman, itself.Weighted, itself.Verdict));
        Assert.Equal(1, itself.RankBiased, 12);
        Assert.Throws<ArgumentException>(() => CellComparison.Of(a, Evidence(FakeResults.Make(new GraphShape(3, 2, Parallel: true, 8), 1))));
    }

    private static TaskDataset Repeated(int prompts, int examples = 12, int first = 0) =>
        new("pairs", MetricKind.LogitDifference, [.. Enumerable.Range(0, examples).Select(i => new Example([first + (i % prompts), 1], [2, 1], [3], [4]))], []);

    private static CellResult Analyze(string folder, SearchRule search)
    {
        var analyzer = CellAnalyzer.OnCpu();
        var task = TinyModel.Task(folder, isGood: true);
        using var loaded = analyzer.Load(folder, [], 1, null, CancellationToken.None);
        return loaded.Analyze(task, new AnalysisSpec { Blocks = 8, Search = search }.Resolve((int)GraphSize.Edges(analyzer.Inspect(folder, new()).Graph), task.Examples.Length), null, null, CancellationToken.None);
    }

    private static CellEvidence Evidence(CellResult result, SearchRule search = SearchRule.Grid) =>
        new(result, new AnalysisSpec { Blocks = result.BlockCounts.Length, Search = search }.Resolve(result.Scores.Length, result.Metrics.Length), null, quick);
}
