using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Comparison.Onsets;

/// <summary>Whether a result shows a task, from its examples' metrics.</summary>
public sealed class TaskOnsetTests
{
    [Theory]
    [InlineData(2, 0, MetricKind.LogitDifference, Presence.With)]
    [InlineData(0.1, 0, MetricKind.LogitDifference, Presence.Undetermined)]
    [InlineData(0.04, 0, MetricKind.LogitDifference, Presence.Without)]
    [InlineData(0.04, 0, MetricKind.ProbabilityDifference, Presence.With)]
    [InlineData(-2, -2, MetricKind.LogitDifference, Presence.Without)]
    // the empty circuit keeps 0.93 of the metric: the audit's case
    [InlineData(0.317, 0.295, MetricKind.LogitDifference, Presence.Without)]
    // it keeps just the threshold, which noise may have given it or not
    [InlineData(2, 1.6, MetricKind.LogitDifference, Presence.Undetermined)]
    [InlineData(2, 1.4, MetricKind.LogitDifference, Presence.With)]
    public void PresenceOf_AResult_CountsTheEmptyCircuit(double metric, double ablated, MetricKind kind, Presence expected)
    {
        // twenty examples that alternate by ±0.02, so that the interval's half-width is 0.0096; ablated ones by another pattern
        double[] model = [.. Enumerable.Range(0, 20).Select(i => metric + (i % 2 == 0 ? 0.02 : -0.02))];
        double[] empty = [.. Enumerable.Range(0, 20).Select(i => ablated + (i % 4 < 2 ? 0.02 : -0.02))];
        Assert.Equal(expected, TaskOnset.PresenceOf(Result(model, empty), kind, 0.8));
    }

    [Fact]
    public void PresenceOf_ASingleExample_IsUndetermined() =>
        Assert.Equal(Presence.Undetermined, TaskOnset.PresenceOf(Result([11.8], [0]), MetricKind.LogitDifference, 0.8));

    /// <summary>11.8 of a single example isn't a model that doesn't do the task.</summary>
    [Theory]
    [InlineData(11.8)]
    [InlineData(-11.8)]
    public void State_OfASingleExample_IsNeitherTaskNorNone(double metric)
    {
        var result = Result([metric], [0]) with { Status = CellStatus.NoTask };
        Assert.Equal(TaskState.OneExample, TaskStates.Of(result));
        Assert.Equal(("one-example", "no-task"), (TaskStates.NameOf(TaskStates.Of(result)), CellStatusNames.Of(result.Status)));
    }

    [Theory]
    [InlineData(-1.09, 0.2, TaskState.Against)]
    [InlineData(-0.05, 0.2, TaskState.NoTask)]
    [InlineData(0.02, 0.01, TaskState.NoTask)]
    public void State_OfAMetricSignificantlyBelowZero_IsAgainst(double metric, double spread, TaskState expected)
    {
        double[] metrics = [.. Enumerable.Range(0, 16).Select(i => metric + (i % 2 == 0 ? spread : -spread))];
        var half = 2.13145 * spread * Math.Sqrt(16.0 / 15) / 4;
        Assert.Equal(expected == TaskState.Against, metric + half < 0);
        var result = Result(metrics, metrics) with { Status = CellStatus.NoTask };
        Assert.Equal(expected, TaskStates.Of(result));
        Assert.Equal(expected == TaskState.Against ? TaskState.Against : TaskState.Task, TaskStates.Of(result with { Status = CellStatus.Reached }));
        Assert.Equal("no-task", CellStatusNames.Of(result.Status));
    }

    /// <summary>Four prompts, each there five times: the interval is that of four values.</summary>
    [Fact]
    public void PresenceAndState_OfExamplesThatShareAPrompt_GoByThePrompts()
    {
        int[] prompts = [.. Enumerable.Range(0, 20).Select(i => i % 4)];
        TaskDataset dataset = new("t", MetricKind.LogitDifference, [.. prompts.Select(p => new Example([p], [9], [1], [2]))], []);
        double[] metrics = [.. prompts.Select(p => p == 0 ? -0.4 : 0.6)];
        double[] four = [-0.4, 0.6, 0.6, 0.6];
        var half = 3.182446 * Math.Sqrt(four.Sum(v => Math.Pow(v - four.Average(), 2)) / 3 / 4);
        var interval = Result(metrics, new double[20]).MetricOf(dataset);
        Assert.Equal((four.Average() - half, four.Average() + half), (interval.Low, interval.High), (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-6 && Math.Abs(a.Item2 - b.Item2) < 1e-6);
        var result = Result(metrics, new double[20]);
        Assert.Equal(
            (Presence.With, Presence.Undetermined),
            (TaskOnset.PresenceOf(result, MetricKind.LogitDifference, 0.8), TaskOnset.PresenceOf(result, MetricKind.LogitDifference, 0.8, dataset)));
        var opposite = Result([.. metrics.Select(m => -m)], new double[20]) with { Status = CellStatus.NoTask };
        Assert.Equal((TaskState.Against, TaskState.NoTask), (TaskStates.Of(opposite), TaskStates.Of(opposite, dataset)));
    }

    private static CellResult Result(double[] metrics, double[] ablated) => FakeResults.Make(new(2, 2, Parallel: true, 8), 1) with
    {
        Metrics = [.. metrics],
        AblatedMetrics = [.. ablated],
        Found = new(metrics.Average(), ablated.Average()),
        Judged = new(metrics.Average(), ablated.Average()),
    };
}
