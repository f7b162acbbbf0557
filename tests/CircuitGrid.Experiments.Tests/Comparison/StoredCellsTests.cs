using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Comparison;

public sealed class StoredCellsTests : IDisposable
{
    private static readonly BootstrapOptions quick = new() { Resamples = 20, Splits = 10, SplitResamples = 10, RandomCircuits = 5 };

    private readonly FakeSuite suite = FakeSuite.Of(models: 2, checkpoints: 5);
    private readonly FakeAnalyzer analyzer = new();
    private readonly SqliteCellStore store;
    private readonly LocalGrid grid;

    public StoredCellsTests()
    {
        store = SqliteCellStore.Open(suite.StorePath);
        grid = new(store, store, analyzer, new FakeSource());
    }

    public void Dispose()
    {
        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public async Task ReadHeadsAsync_SameListsOfSuccessors_AreOneSamplingUnit_AndStoredAsTheyWereMeasured()
    {
        var source = new FakeSource { SuccessorLists = [new("numbers", [(1, 2), (2, 3)]), new("days", [(4, 5), (5, 6), (6, 7)]), new("numbers, case turned", [(1, 2), (2, 3)])] };
        await using var heads = new LocalGrid(store, store, analyzer, source);
        var experiment = suite.Experiment() with { Heads = true };
        await heads.RunAsync(experiment);
        var scored = await (await StoredCells.OpenAsync(heads, experiment, quick)).ReadHeadsAsync().ToListAsync(TestContext.Current.CancellationToken);
        Assert.NotEmpty(scored);
        foreach (var (cell, scores) in scored)
        {
            var stored = (await heads.ReadHeadsAsync(cell.Fingerprint!.Key))!.Roles[HeadRole.Successor];
            var (before, after) = (stored.Samples!, scores.Roles[HeadRole.Successor].Samples!);
            Assert.Equal((3, 2), (before.Units, after.Units));
            Assert.Equal([4, 3], after.Denominators);
            for (var head = 0; head < before.Heads; head++)
            {
                Assert.Equal(2 * before.Numerators[3 * head], after.Numerators[2 * head]);
                Assert.Equal(before.Numerators[(3 * head) + 1], after.Numerators[(2 * head) + 1]);
            }

            Assert.Equal(stored.Values, scores.Roles[HeadRole.Successor].Values);
        }
    }

    [Fact]
    public async Task CompareAsync_FinishedRun_ComparesTheTrajectoriesPairs_AndJudgesThemWhereAsked()
    {
        suite.Write("model-0", 150, layers: 1, seed: 77, skill: 0);
        var experiment = suite.Experiment();
        await grid.RunAsync(experiment);
        var loads = analyzer.Loads.Count;
        var cells = await StoredCells.OpenAsync(grid, experiment, quick);
        var pairs = await cells.CompareAsync(maxWeightBytes: null);
        Assert.Equal(loads, analyzer.Loads.Count);

        var comparisons = await grid.CompareAsync(experiment);
        var expected = comparisons.Read((trajectories, _) => trajectories.SelectMany(t => t.Value.Pairs.Select(p => (t.Key, p.From, p.To, p.Edges, p.Weighted))).ToHashSet());
        Assert.True(expected.Count > 5);
        Assert.Equal(expected, pairs.Select(p => ((p.From.Id.Model, p.From.Id.Task), p.From.Id.Step, p.To.Id.Step, p.Comparison.Jaccard, p.Comparison.Weighted)).ToHashSet());

        double[] p = [.. pairs.Select(pair => pair.Comparison.Noise!.PValue)];
        Assert.Equal(FalseDiscovery.BenjaminiHochberg(p), pairs.Select(pair => pair.Hochberg));
        Assert.Equal(FalseDiscovery.BenjaminiYekutieli(p), pairs.Select(pair => pair.Yekutieli));
        Assert.All(pairs, pair => Assert.Equal(CircuitDifference.Judge(haveCircuits: true, pair.Comparison.Noise), pair.Comparison.Verdict));

        // a made-up model keeps the share of edges that a circuit has, which is below the threshold
        var judged = await cells.CompareAsync(long.MaxValue);
        var different = pairs.Where(pair => pair.Comparison.Verdict == DifferenceVerdict.Different).ToArray();
        Assert.InRange(different.Length, 1, pairs.Length - 1);
        Assert.Equal(different.SelectMany(b => new[] { b.From.Id.Checkpoint, b.To.Id.Checkpoint }).Distinct().Count(), analyzer.Loads.Count - loads);
        foreach (var (before, after) in pairs.Zip(judged))
        {
            Assert.Equal(before.Comparison.Verdict, after.Comparison.Verdict);
            Assert.Equal(before.Comparison.Noise!.PValue, after.Comparison.Noise!.PValue);
            Assert.Null(before.Comparison.Cross);
            Assert.Equal(before.Comparison.Verdict == DifferenceVerdict.Different, after.Comparison.Cross is not null);
        }
    }

    [Fact]
    public async Task OnsetsAsync_ATaskLearntAtAStep_StartsThere()
    {
        using var learning = new FakeSuite();
        foreach (var step in (int[])[0, 100, 200, 300, 400])
        {
            learning.Write("model", step, seed: step, skill: step < 200 ? 0 : 3);
        }

        var experiment = learning.Experiment("red");
        await grid.RunAsync(experiment);
        var onset = Assert.Single(await (await StoredCells.OpenAsync(grid, experiment, quick)).OnsetsAsync());
        var tokens = (await grid.PlanAsync(experiment)).Checkpoints.Select(c => c.Cells[0].Tokens).ToArray();
        Assert.Equal(("fake", "model", "red"), (onset.Suite, onset.Model, onset.Task));
        var run = Assert.Single(onset.Onset.Runs);
        var without = (await (await StoredCells.OpenAsync(grid, experiment, quick)).ReadAllAsync().ToListAsync())
            .FindLast(c => c.Cell.Id.Step < 200 && c.Evidence.Result.Metric.High < CellResult.SmallestEffect(c.Cell.Dataset!.Metric));
        Assert.Equal(without?.Cell.Id.Step, run.After?.Step);
        Assert.Equal((new TrainingMoment(200, tokens[2]), 3, null), (run.By, run.Shown, run.LostAt));
        Assert.Equal(tokens[2], onset.Onset.Rise.ShareReached);
    }

    [Fact]
    public async Task ReadAsync_ByName_FindsACellOrSaysWhyNot()
    {
        var experiment = suite.Experiment("red");
        await grid.RunAsync(experiment);
        suite.Write("model-1", 900, layers: 2, seed: 1);
        var cells = await StoredCells.OpenAsync(grid, experiment, quick);
        Assert.Equal(10, cells.Ids.Count());
        Assert.Equal(100, (await cells.ReadAsync("fake/model-0@100/red")).Cell.Id.Step);
        await RefusedAsync("fake/model-0/red", "suite/model@step/task");
        await RefusedAsync("fake/model-0@101/red", "did you mean 'fake/model-0@100/red'");
        await RefusedAsync("elsewhere/of-another-kind@7/indirect-objects", "isn't a cell of this experiment");
        await RefusedAsync("fake/model-1@900/red", "has no result (new)");

        async Task RefusedAsync(string name, string reason) =>
            Assert.Contains(reason, (await Assert.ThrowsAsync<InvalidInputException>(() => cells.ReadAsync(name))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Intervals_OfTheScale_HoldTheCorrelationsOfSizes()
    {
        // six sizes, of which the second and the fifth are seeds of one number of parameters
        long[] parameters = [100, 200, 200, 400, 800, 1600, 1600, 1600, 3200];
        var comparisons = new ExperimentComparisons(new ComparisonOptions { IncludeNotReached = true });
        for (var m = 0; m < parameters.Length; m++)
        {
            Add(comparisons, m);
        }

        var few = new ExperimentComparisons(new ComparisonOptions { IncludeNotReached = true });
        for (var m = 0; m < parameters.Length - 1; m++)
        {
            Add(few, m);
        }

        comparisons.Read((_, scales) =>
        {
            var (scale, intervals) = (scales["t"], scales["t"].Intervals());
            Assert.Equal([1, 2, 1, 1, 3, 1], scale.Sizes.Select(s => s.Models));
            var byHand = parameters.Distinct().Select(p => (X: (double)p, Y: scale.Points.Where(m => m.Model.Parameters == p).Average(m => m.MeanNodes))).ToArray();
            var (x, y) = (byHand.Average(p => p.X), byHand.Average(p => p.Y));
            var r = byHand.Sum(p => (p.X - x) * (p.Y - y)) / Math.Sqrt(byHand.Sum(p => (p.X - x) * (p.X - x)) * byHand.Sum(p => (p.Y - y) * (p.Y - y)));
            Assert.Equal(r, scale.PearsonParameters, 1e-12);
            Assert.Equal(scale.PearsonParameters, intervals.PearsonParameters.Value);
            Assert.Equal(scale.SpearmanParameters, intervals.SpearmanParameters.Value);
            Assert.Equal(scale.PearsonHeads, intervals.PearsonHeads.Value);
            Assert.True(intervals.PearsonParameters.Interval.Low < r && r < intervals.PearsonParameters.Interval.High);
            Assert.Null(scale.NoCorrelation);
            return 0;
        });

        // eight models are five sizes, and no correlation
        few.Read((_, scales) =>
        {
            Assert.Equal((8, 5), (scales["t"].Points.Count, scales["t"].Sizes.Length));
            Assert.True(double.IsNaN(scales["t"].SpearmanParameters) && double.IsNaN(scales["t"].Intervals().SpearmanParameters.Interval.Low));
            Assert.Equal("5 model sizes; a correlation needs 6 or more", scales["t"].NoCorrelation);
            return 0;
        });

        void Add(ExperimentComparisons to, int m) =>
            to.Add(new ScaleModel("m" + m, parameters[m], 2 + m), new("s", "m" + m, 1, "t"), 1, FakeResults.Make(new(2, 2, Parallel: true, 8), m + 20));
    }
}
