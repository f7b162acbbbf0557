using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tests.Search;

public sealed class SizeSearchTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(0.99)]
    public void Run_AnyPrediction_GivesThePlainBisection(double threshold)
    {
        using var setting = new Setting();
        var options = new SizeSearchOptions { Rule = SearchRule.Bisection, Threshold = threshold };
        var plain = SizeSearch.Run(setting.Ranking, setting.Evaluator, options, setting.Even, setting.Odd);

        // The plain bisection, written down a second time.
        var (low, high, visited) = (1, setting.Ranking.Count, new SortedSet<int>());
        while (low < high)
        {
            var middle = (low + high) / 2;
            visited.Add(middle);
            (low, high) = setting.Value(middle) >= threshold ? (low, middle) : (middle + 1, high);
        }

        visited.Add(low);
        Assert.Equal(visited, plain.Sizes.Select(s => s.Budget));
        Assert.Equal(low, plain.Chosen.Budget);
        Assert.Equal(setting.Value(low) >= threshold, plain.Reached);

        foreach (var prediction in (int[])[1, low, low + 1, setting.Ranking.Count, 10_000])
        {
            var predicted = SizeSearch.Run(setting.Ranking, setting.Evaluator, options, setting.Even, setting.Odd, prediction);
            Assert.Equal(plain.Sizes.Select(s => (s.Budget, s.Found, s.Judged)), predicted.Sizes.Select(s => (s.Budget, s.Found, s.Judged)));
            Assert.Equal(plain.Chosen.Metrics, predicted.Chosen.Metrics);
        }
    }

    /// <summary>Every size of the grid is evaluated, whatever passes; the first that does is the circuit, though larger ones may fall short again.</summary>
    [Theory]
    [InlineData(0.3, null)]
    [InlineData(0.8, null)]
    [InlineData(0.8, 40)]
    [InlineData(0.99, 17)]
    public void Run_ByGrid_EvaluatesEverySizeAndTakesTheSmallestThatPasses(double threshold, int? maxEdges)
    {
        using var setting = new Setting();
        var result = SizeSearch.Run(setting.Ranking, setting.Evaluator, new SizeSearchOptions { Threshold = threshold, MaxEdges = maxEdges }, setting.Even, setting.Odd, predictedBudget: 3);

        Assert.Equal(SizeGrid.UpTo(maxEdges ?? setting.Ranking.Count), result.Sizes.Select(s => s.Budget));
        foreach (var size in result.Sizes)
        {
            Assert.Equal(setting.Value(size.Budget), size.Found.Value, 1e-6);
            Assert.Equal(setting.Ranking.Select(size.Budget).EdgeIndices(), size.Circuit.EdgeIndices());
        }

        var passing = result.Sizes.Where(s => setting.Value(s.Budget) >= threshold).Select(s => s.Budget).ToArray();
        Assert.Equal(passing.Length > 0, result.Reached);
        Assert.Equal(passing.Append(maxEdges ?? setting.Ranking.Count).Min(), result.Chosen.Budget);
    }

    [Theory]
    [InlineData(SearchRule.Grid)]
    [InlineData(SearchRule.Bisection)]
    public void Run_ThresholdOutOfReach_KeepsTheLargestSizeFlagged(SearchRule rule)
    {
        using var setting = new Setting();
        var result = SizeSearch.Run(setting.Ranking, setting.Evaluator, new SizeSearchOptions { Rule = rule, Threshold = 1e6, MaxEdges = 20 }, setting.Even, setting.Odd);
        Assert.False(result.Reached);
        Assert.Equal(20, result.Chosen.Budget);
        Assert.Equal(20, result.Sizes[^1].Budget);
    }

    [Fact]
    public void Found_AndJudged_ComeFromTheirOwnHalves()
    {
        using var setting = new Setting();
        var chosen = SizeSearch.Run(setting.Ranking, setting.Evaluator, new SizeSearchOptions(), setting.Even, setting.Odd).Chosen;
        var evaluator = setting.Evaluator;
        Assert.Equal(setting.Even.Average(i => chosen.Metrics[i]) / setting.Even.Average(i => evaluator.CleanMetrics[i]), chosen.Found.Value, 1e-12);
        var (c, m, a) = (setting.Odd.Average(i => chosen.Metrics[i]), setting.Odd.Average(i => evaluator.CleanMetrics[i]), setting.Odd.Average(i => evaluator.AblatedMetrics[i]));
        Assert.Equal((c - a) / (m - a), chosen.Judged!.Value.Normalized, 1e-12);
        Assert.NotEqual(chosen.Found.Value, chosen.Judged.Value.Value);
    }

    [Theory]
    [InlineData(19_999, 19_999)]
    [InlineData(20_000, 1_000)]
    [InlineData(32_347, 1_617)]
    public void DefaultMaxEdges_IsFivePercentOfLargeGraphs(int edges, int expected) => Assert.Equal(expected, SizeSearchOptions.DefaultMaxEdges(edges));

    private sealed class Setting : IDisposable
    {
        private readonly TruthModel model = new("neox");

        public Setting()
        {
            var examples = model.Examples(8);
            var scores = EdgeAttribution.Run(model.Engine, examples, MetricKind.LogitDifference, new AttributionOptions());
            Ranking = EdgeRanking.Create(model.Graph, scores.Mean(), SelectionRule.Greedy);
            Evaluator = new CircuitEvaluator(model.Engine, examples, MetricKind.LogitDifference);
        }

        public EdgeRanking Ranking { get; }

        public CircuitEvaluator Evaluator { get; }

        public int[] Even { get; } = [0, 2, 4, 6];

        public int[] Odd { get; } = [1, 3, 5, 7];

        public double Value(int budget)
        {
            var metrics = Evaluator.Evaluate([Ranking.Select(budget)])[0];
            return Even.Sum(i => metrics[i]) / Even.Sum(i => Evaluator.CleanMetrics[i]);
        }

        public void Dispose()
        {
            Evaluator.Dispose();
            model.Dispose();
        }
    }
}
