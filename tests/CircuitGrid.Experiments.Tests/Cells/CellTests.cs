using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Tests.Fakes;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Experiments.Tests.Cells;

public sealed class CellTests
{
    [Fact]
    public void CellId_Written_IsReadBack()
    {
        var name = Gen.Elements("a", "Z", "0", ".", "-", "_", " ", "(", ")", "é", ":", "😀", "\u202e", "\ud83d", "@", new string('x', 120)).ArrayOf().Select(string.Concat).Where(CellId.IsName);
        var ids =
            from suite in name
            from model in name
            from task in name
            from step in Gen.Choose(0, int.MaxValue)
            select new CellId(suite, model, step, task);
        Prop.ForAll(ids.ToArbitrary(), id => CellId.TryParse(id.ToString(), out var read) && read == id).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("nano/small@512/ioi", true)]
    [InlineData("nano/small@0512/ioi", false)]
    [InlineData("nano/small@-1/ioi", false)]
    [InlineData("nano/small@+1/ioi", false)]
    [InlineData("nano/small@99999999999/ioi", false)]
    [InlineData("nano/small/ioi", false)]
    [InlineData("nano/small@5", false)]
    [InlineData("nano/small@5/ioi/x", false)]
    [InlineData("nano/@5/ioi", false)]
    [InlineData("nano/a@b@5/ioi", false)]
    [InlineData(" nano/a@5/ioi", false)]
    [InlineData("", false)]
    public void CellId_Text_IsAcceptedOnlyInItsOneForm(string text, bool accepted) => Assert.Equal(accepted, CellId.TryParse(text, out _));

    [Fact]
    public void CellKey_AnyPartChanged_IsAnother()
    {
        var fingerprint = new CellFingerprint("aa", "bb", "method=eap", "cpu-f32", 1);
        CellFingerprint[] others =
        [
            fingerprint with { ModelDigest = "ab" },
            fingerprint with { ExamplesDigest = "bc" },
            fingerprint with { Analysis = "method=exact" },
            fingerprint with { Numerics = "cuda-f32" },
            fingerprint with { AlgorithmVersion = 2 },
        ];
        var keys = others.Append(fingerprint).Select(o => o.Key).ToHashSet();
        Assert.Equal(6, keys.Count);
        Assert.All(keys, key => Assert.Matches("^[0-9a-f]{64}$", key.Value));
    }

    /// <summary>Keys outlive the program: this one was computed with sha256sum.</summary>
    [Fact]
    public void CellKey_OfAFixedCell_StaysTheSame() => Assert.Equal(
        "81e05e8f9559805656652bbfa1b87a08e4b70f1c88eddab3cf0246d1aaa20b37",
        new CellFingerprint("aa", "bb", "method=eap", "cpu-f32", 1).Key.Value);

    [Fact]
    public void ExamplesDigest_TokensAnswersAndMetric_Matter_NamesDoNot()
    {
        var dataset = Dataset([1, 2, 3], [4, 5, 6], [7], [8]);
        TaskDataset[] others =
        [
            Dataset([1, 2, 4], [4, 5, 6], [7], [8]),
            Dataset([1, 2, 3], [4, 5, 7], [7], [8]),
            Dataset([1, 2, 3], [4, 5, 6], [8], [8]),
            Dataset([1, 2, 3], [4, 5, 6], [7], [9]),
            Dataset([1, 2, 3], [4, 5, 6], [7, 8], []),
            Dataset([1, 2], [3, 4, 5, 6], [7], [8]),
            dataset with { Metric = MetricKind.ProbabilityDifference },
            dataset with { Examples = [dataset.Examples[0], dataset.Examples[0]] },
        ];
        Assert.Equal(others.Length + 1, others.Append(dataset).Select(ExamplesDigest.Of).Distinct().Count());
        Assert.Equal(ExamplesDigest.Of(dataset), ExamplesDigest.Of(dataset with { Task = "other", Notes = ["x"] }));
    }

    [Theory]
    [InlineData(1, 12.706205)]
    [InlineData(5, 2.570582)]
    [InlineData(10, 2.228139)]
    [InlineData(11, 2.200985)]
    [InlineData(12, 2.178813)]
    [InlineData(30, 2.042272)]
    [InlineData(99, 1.984217)]
    [InlineData(199, 1.971957)]
    [InlineData(100_000, 1.959988)]
    public void Quantile_OfStudentsT_IsTheTables(int degrees, double expected) => Assert.Equal(expected, MeanInterval.Quantile(degrees), 2e-5);

    [Fact]
    public void MeanInterval_OfFewValues_IsAsByHand()
    {
        // mean 3, s² = 10/4, half width 2.776445·√(2.5/5)
        var interval = MeanInterval.Of([1, 2, 3, 4, 5]);
        Assert.Equal(3, interval.Mean);
        Assert.Equal(3 - (2.776445 * Math.Sqrt(0.5)), interval.Low, 1e-12);
        Assert.Equal(3 + (2.776445 * Math.Sqrt(0.5)), interval.High, 1e-12);
        Assert.Equal(new MeanInterval(7, double.NegativeInfinity, double.PositiveInfinity), MeanInterval.Of([7]));
        Assert.Equal(new MeanInterval(2, 2, 2), MeanInterval.Of([2, 2]));
        Assert.Throws<ArgumentException>(() => MeanInterval.Of([]));
    }

    [Theory]
    [InlineData(new[] { 1.0, 1.1, 0.9 }, true)]
    [InlineData(new[] { 1.0, -1.0, 0.5 }, false)]
    [InlineData(new[] { -1.0, -1.1, -0.9 }, false)]
    [InlineData(new[] { 0.0, 0.0, 0.0 }, false)]
    [InlineData(new[] { 5.0 }, false)]
    [InlineData(new[] { 1.0, 3.0, 1.0, 3.0, 1.0, 3.0 }, true)] // mean 2, half width of the interval 1.15
    [InlineData(new[] { 0.2, 2.2, 0.2, 2.2, 0.2, 2.2 }, false)] // mean 1.2: above 0, but not above 0.1
    public void HasTask_OnlyWhereTheIntervalLiesAboveTheSmallestEffect(double[] metrics, bool expected) =>
        Assert.Equal(expected, CellResult.HasTask(MeanInterval.Of(metrics), MetricKind.LogitDifference, new(1, -1), 0.8));

    [Fact]
    public void HasTask_OfAProbability_CountsFromAHundredthOn()
    {
        Assert.True(CellResult.HasTask(MeanInterval.Of([0.011, 0.011]), MetricKind.ProbabilityDifference, new(1, -1), 0.8));
        Assert.False(CellResult.HasTask(MeanInterval.Of([0.009, 0.009]), MetricKind.ProbabilityDifference, new(1, -1), 0.8));
        Assert.False(CellResult.HasTask(MeanInterval.Of([0.011, 0.011]), MetricKind.LogitDifference, new(1, -1), 0.8));
    }

    [Theory]
    [InlineData(0.5, 0.39, true)]
    [InlineData(0.5, 0.4, false)]
    [InlineData(0.5, 0.7, false)]
    [InlineData(0.5, -3, true)]
    public void HasTask_OnlyWhereTheEmptyCircuitFallsShortOfTheThreshold(double model, double ablated, bool expected) =>
        Assert.Equal(expected, CellResult.HasTask(MeanInterval.Of([0.5, 0.5]), MetricKind.LogitDifference, new(model, ablated), 0.8));

    [Theory]
    [InlineData(MetricKind.LogProbability, new[] { -1.0, -1.2 }, new[] { -3.0, -4.0 }, -1.5, 2 / 2.4)]
    [InlineData(MetricKind.Divergence, new[] { 0.0, 0.0 }, new[] { 2.0, 3.0 }, 0.5, 0.8)]
    public void Result_OfAMetricWithoutZero_IsTakenFromTheAblatedRun(MetricKind metric, double[] model, double[] ablated, double circuit, double share)
    {
        var result = FakeResults.Make(new GraphShape(1, 2, true, 8), seed: 1) with
        {
            MetricWithoutZero = metric,
            Metrics = [.. model],
            AblatedMetrics = [.. ablated],
            Found = new(model.Average(), ablated.Average()),
        };
        Assert.Equal(share, result.FoundFaithfulness(new(1, 1, 3, circuit, circuit)).Value, 1e-12);
        Assert.Equal((double[])(metric == MetricKind.Divergence ? [2, 3] : [2, 2.8]), result.Effects, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(1, result.Accuracy);
        Assert.Equal(Presence.With, TaskOnset.PresenceOf(result with { Metrics = [.. model, model[0]], AblatedMetrics = [.. ablated, ablated[1]] }, metric, 0.8));
        Assert.NotEqual(TaskState.Against, TaskStates.Of(result));

        // where nothing is lost by ablation, nothing is there
        Assert.False(result with { AblatedMetrics = result.Metrics, Found = new(model.Average(), model.Average()) } is var same && same.DoesTask(same.EffectOf(null), metric, 0.8));
    }

    [Fact]
    public void ExamplesDigest_OfContinuedAnswers_IsAnother()
    {
        var one = Dataset([1, 2], [3, 2], [4, 5], [6]);
        var continued = one with { Examples = [one.Examples[0] with { AnswersContinue = true }] };
        Assert.NotEqual(ExamplesDigest.Of(one), ExamplesDigest.Of(continued));
        Assert.Equal(ExamplesDigest.Of(continued), ExamplesDigest.Of(continued with { Task = "other" }));
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(2, 4, true)]
    [InlineData(3, 5, false)]
    [InlineData(4, 8, true)]
    [InlineData(6, 8, false)]
    public void GraphSize_ByFormula_IsThatOfTheGraph(int layers, int heads, bool parallel)
    {
        var shape = new GraphShape(layers, heads, parallel, 64);
        var graph = new CircuitGraph(shape);
        Assert.Equal(graph.Edges, GraphSize.Edges(shape));
        Assert.Equal(graph.Nodes, GraphSize.Nodes(shape));
    }

    private static TaskDataset Dataset(int[] clean, int[] corrupted, int[] correct, int[] incorrect) =>
        new("task", MetricKind.LogitDifference, [new Example([.. clean], [.. corrupted], [.. correct], [.. incorrect])], []);
}
