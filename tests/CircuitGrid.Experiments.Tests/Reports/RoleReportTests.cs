using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Comparison.Roles;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Reports;

/// <summary>What heads are for, in a report.</summary>
public sealed class RoleReportTests
{
    private static readonly BootstrapOptions quick = new() { Resamples = 20, Splits = 10, SplitResamples = 10, RandomCircuits = 5 };

    [Fact]
    public void Models_OfStoredScores_HaveEverySeriesByCheckpoint()
    {
        // the last but one checkpoint hasn't the role at all
        var model = Model("m", [[0, 0.1, 0, -1], [0.5, 0.9, 0, 0.4], null, [0.6, 0.123456, 0.2, 1]], circuits: [[], [0, 1], [], [1, 3]]);
        var report = Assert.Single(ReportRoleBuilder.Models([model], 1000, []));
        Assert.Equal(("m", false), (report.Model, report.ScoresLeftOut));
        Assert.Equal([0, 100, 200, 300], report.Steps);
        Assert.Equal([0L, 100_000, 200_000, 300_000], report.Tokens);
        var role = Assert.Single(report.Roles);
        Assert.Equal(("induction", "greater-than", "a0.h0"), (role.Role, role.Task, role.FirstHead));
        Assert.Equal([0, 0.5, null, 0.6], role.Score);
        Assert.Equal([0, 1, null, 1.123456 / 1.4], role.CircuitSum);
        Assert.Equal(["", "0 1 3", "", "0 3"], role.Heads.Select(heads => string.Join(' ', heads)));
        Assert.Equal([null, new ReportTurnover(0, 3, 0, 3), null, new ReportTurnover(2.0 / 3, 0, 1, 3)], role.Turnover);
        Assert.Equal([4, 4, 0, 4], role.Scores.Select(scores => scores.Length));
        Assert.Equal([0.6, 0.1235, 0.2, 1], role.Scores[3]);
        Assert.Equal([0.723456 / 1.923456, 1.2 / 1.923456], role.Profile.Select(share => Math.Round(share, 12)), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal(1.2 / 1.923456, role.MeanDepth!.Value, 1e-12);
        Assert.Equal((new ReportMoment(0, 0), new ReportMoment(100, 100_000), 2, false), (role.Onset.After, role.Onset.By, role.Onset.Shown, role.Onset.HasIntervals));
        Assert.Equal((100_000.0, "no-task"), (role.Onset.ThirdOfMaximum, role.Order));
        Assert.All(report.Algorithm, Assert.Null);
    }

    [Fact]
    public void Models_MoreScoresThanFit_LeaveThoseOfTheLargerOut()
    {
        double[][] rows = [[0.1, 0.2, 0.3, 0.4], [0.2, 0.3, 0.4, 0.5]];
        ModelRoles[] models = [Model("small", rows), Model("large", rows)];
        Assert.Equal([false, true], ReportRoleBuilder.Models(models, 15, []).Select(m => m.ScoresLeftOut));
        var thin = ReportRoleBuilder.Models(models, 15, [])[1].Roles[0];
        Assert.Empty(thin.Scores);
        Assert.Equal(ReportRoleBuilder.Models(models, 16, [])[1].Roles[0].Score, thin.Score);
        Assert.All(ReportRoleBuilder.Models(models, 16, []), m => Assert.False(m.ScoresLeftOut));
    }

    [Fact]
    public void Onsets_AreCarriedOver_AndWhatIsNoNumberIsNull()
    {
        TrainingMoment At(int step) => new(step, 1000.0 * step);
        var model = Model("m", [[0, 0, 0, 0], [0.5, 0, 0, 0]]);
        var role = model.Roles[0] with
        {
            Onset = new(
                [new(At(1), At(2), 4, At(5)), new(At(5), At(7), 2, null)],
                At(5),
                HasIntervals: true,
                new(3, new(FitOutcome.Converged, 1, 5, 2), new(4, double.PositiveInfinity))),
            CircuitOnset = new([], At(6), HasIntervals: false, new(double.NaN, LogisticFit.Of([], []), null)),
            Runs = [new(new(0, 0), true, new(At(1), At(2), 4, At(5))), new(new(0, 1), false, new(At(1), At(2), 6, null))],
        };
        TaskOnset Task(int after, int by) => new("suite", "m", "greater-than", 0.01, new([new(At(after), At(by), 3, null)], null, HasIntervals: true, role.Onset.Rise));
        var report = ReportRoleBuilder.Models([model with { Roles = [role] }], 1000, [Task(3, 4)])[0].Roles[0];
        Assert.Equal(
            new ReportOnset
            {
                After = new(1, 1000),
                By = new(2, 2000),
                Shown = 4,
                LostAt = new(5, 5000),
                BackBy = new(7, 7000),
                HasIntervals = true,
                ThirdOfMaximum = 3,
                Midpoint = 5,
                MidpointLow = 4,
                MidpointHigh = null,
                Fit = "converged",
            },
            report.Onset);
        Assert.Equal(
            new ReportOnset
            {
                After = new(6, 6000),
                By = null,
                Shown = 0,
                LostAt = null,
                BackBy = null,
                HasIntervals = false,
                ThirdOfMaximum = null,
                Midpoint = null,
                MidpointLow = null,
                MidpointHigh = null,
                Fit = "too-few-points",
            },
            report.CircuitOnset);
        Assert.Equal(("before", "not-seen"), (report.Order, report.CircuitOrder));
        Assert.Equal("gone", ReportRoleBuilder.Models([model with { Roles = [role] }], 1000, [Task(5, 6)])[0].Roles[0].Order);
    }

    [Fact]
    public void Score_MeasuredOnUnits_HasAnIntervalOverThem()
    {
        var model = Model("m", [[0.5, 0, 0, 0], [0.5, 0, 0, 0], [0.5, 0, 0, 0]]);

        // the head scores 0.5 on every unit, on half of them 1 and on the others 0, and where that isn't known
        ImmutableArray<ScoredHeads> checkpoints = [With(model.Checkpoints[0], [1, 1, 1, 1]), With(model.Checkpoints[1], [2, 0, 2, 0]), model.Checkpoints[2]];
        var intervals = ReportRoleBuilder.Models([model with { Checkpoints = checkpoints }], 1000, [])[0].Roles[0].ScoreInterval;
        Assert.Equal(new ReportInterval(0.5, 0.5), intervals[0]);
        Assert.Equal(new ReportInterval(0, 1), intervals[1]);
        Assert.Null(intervals[2]);

        static ScoredHeads With(ScoredHeads scored, double[] numerators) => scored with
        {
            Scores = scored.Scores with
            {
                Roles = scored.Scores.Roles.SetItem(
                    HeadRole.Induction, new(2, scored.Scores.Roles[HeadRole.Induction].Values) { Samples = new(4, [.. numerators, .. new double[12]], [2, 2, 2, 2]) }),
            },
        };
    }

    [Fact]
    public void Algorithm_InCircuitAndOverAll_IsGivenInEveryForm()
    {
        // two blocks of two prompts, over which the metric falls by 2 logits a prompt
        var effects = new HeadTable(2, [-0.4, 0.2, 0, -0.2]) { Samples = new(2, [-1.6, -1.6, 0.8, 0.8, 0, 0, -0.8, -0.8], [4, 4]) };
        var result = new IoiAlgorithmResult([new(1, 1)], [new(0, 1)], [], [], effects, QueryEffects: effects, InCircuit: null, AllHeads: null!);
        result = result with
        {
            AllHeads = IoiAlgorithmShares.Of(result, [new(0, 0)], [], [], valueEffects: null, _ => true),
            InCircuit = IoiAlgorithmShares.Of(result, [], [], [], valueEffects: null, head => head.Layer == 1),
        };
        var model = Model("m", [[0, 0, 0, 0], [0.5, 0, 0, 0]]);
        ScoredHeads Scored(double names) => model.Checkpoints[1] with
        {
            Scores = model.Checkpoints[1].Scores with
            {
                Ioi = result,
                Roles = model.Checkpoints[1].Scores.Roles.Add(HeadRole.Copying, new(2, [0, 0, 0, 0]) { Samples = new(2, [.. new double[8]], [names, names]) }),
            },
        };
        ReportModelRoles Report(double names) => ReportRoleBuilder.Models([model with { Checkpoints = [model.Checkpoints[0], Scored(names)] }], 1000, [])[0];
        var report = Report(names: 6);
        Assert.Null(report.Algorithm[0]);
        var algorithm = report.Algorithm[1]!;
        Assert.Equal(["a1.h1"], algorithm.NameMovers);
        Assert.Equal(["a0.h1"], algorithm.NegativeNameMovers);

        // of 0.8 in absolute effects the two name movers have 0.4, of −0.4 with signs 0; the S-inhibition head has 0.4 and −0.4
        Assert.Equal(50, algorithm.AllHeads.Direct.Absolute!.Value, 1e-9);
        Assert.Equal(0, algorithm.AllHeads.Direct.Signed!.Value, 1e-9);
        Assert.Equal(50, algorithm.AllHeads.Queries!.Absolute!.Value, 1e-9);
        Assert.Equal(100, algorithm.AllHeads.Queries.Signed!.Value, 1e-9);
        Assert.Equal((100.0, 0.0), (algorithm.InCircuit!.Direct.Absolute!.Value, algorithm.InCircuit.Queries!.Absolute!.Value));
        Assert.Null(algorithm.AllHeads.Values);
        Assert.Equal(["a0.h0"], algorithm.AllHeads.SInhibition);
        Assert.Empty(algorithm.InCircuit.SInhibition);
        Assert.Equal(new ReportInterval(50, 50), algorithm.AllHeads.Direct.AbsoluteInterval);

        // half of it works for the task, a1.h1, and half against it, a0.h1, which is called a negative one
        Assert.Equal((25.0, 25.0), (Math.Round(algorithm.AllHeads.Direct.Helping!.Value, 9), Math.Round(algorithm.AllHeads.Direct.Hindering!.Value, 9)));
        Assert.Equal(
            ["name-mover a1.h1 ", "negative-name-mover  a0.h1", "copy-suppression  ", "negative-copy-suppression  ", "s-inhibition a0.h0 "],
            algorithm.AllHeads.Carriers.Select(c => $"{c.Role} {string.Join(',', c.Helping)} {string.Join(',', c.Hindering)}"));
        Assert.Equal((2.0, new ReportInterval(2, 2), null), (algorithm.LogitDifferenceLost, algorithm.LogitDifferenceLostInterval, algorithm.NoSharesBecause));

        // the same over a hundred times as many prompts is 0.02 logits a prompt
        var small = Report(names: 600).Algorithm[1]!;
        Assert.Contains("isn't surely more than 0.1 logits", small.NoSharesBecause, StringComparison.Ordinal);
        foreach (var share in new[] { small.AllHeads.Direct, small.AllHeads.Queries!, small.InCircuit!.Direct })
        {
            Assert.Equal(new ReportEffectShare(null, null), share);
        }

        Assert.All(small.AllHeads.Carriers, c => Assert.Null(c.HelpingShare ?? c.HinderingShare));
        Assert.Equal(["a1.h1"], small.NameMovers);
    }

    [Fact]
    public void Pairs_OfThreeSizes_AllHaveDistancesAndNeighboursMatchedHeads()
    {
        ModelRoles[] models = [Model("s", [[1, 0, 0, 0]]), Model("m", [[0, 1, 0, 0]]), Model("l", [[0, 0, 0, 1]])];
        var pairs = ReportRoleBuilder.Pairs(models);
        Assert.Equal(["s m 0 4", "s l 1 0", "m l 1 4"], pairs.Select(p => $"{p.First} {p.Second} {Assert.Single(p.Distances).Distance} {p.Matches.Length}"));
        Assert.Contains(new ReportHeadMatch("a0.h0", "a0.h1", 0), pairs[0].Matches);
        Assert.Contains(new ReportHeadMatch("a0.h1", "a1.h1", 0), pairs[2].Matches);
    }

    [Fact]
    public async Task Build_WithHeadScores_HasThemAndTheTasksOnsets()
    {
        using var suite = FakeSuite.Of(models: 2, checkpoints: 4);
        using var store = SqliteCellStore.Open(suite.StorePath);
        await using var grid = new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource());
        var spec = suite.Experiment("red", "green") with { Heads = true };
        await grid.RunAsync(spec);
        var report = await new ReportBuilder(grid, "x") { Bootstrap = quick }.BuildAsync(spec);
        var stored = await StoredCells.OpenAsync(grid, spec, quick);

        var onsets = await stored.OnsetsAsync();
        Assert.Equal(4, onsets.Length);
        Assert.Contains(onsets, o => o.Onset.First is not null);
        Assert.Equal(
            onsets.Select(o => (o.Model, o.Task, o.Onset.First?.By.Tokens, o.Onset.After?.Step, o.Onset.Rise.MidpointInterval?.High)).Order(),
            report.TaskOnsets.Select(o => (o.Model, o.Task, o.Onset.By?.Tokens, o.Onset.After?.Step, o.Onset.MidpointHigh)).Order());

        var roles = await ModelRoles.OfAsync(stored);
        Assert.Equal(["model-0", "model-1"], report.Roles.Select(m => m.Model));
        foreach (var (model, shown) in roles.OrderBy(m => m.Model, StringComparer.Ordinal).Zip(report.Roles))
        {
            Assert.Equal(["induction", "successor", "s-inhibition"], shown.Roles.Select(r => r.Role));
            Assert.Equal(model.Roles.SelectMany(r => r.Points.Select(p => (double?)p.Score)), shown.Roles.SelectMany(r => r.Score));

            // these stored scores have no copy scores, so nothing says how many prompts there were
            Assert.All(shown.Algorithm, a => Assert.Equal((null, "the stored scores don't tell by how much corruption changes the metric"), (a!.AllHeads.Direct.Absolute, a.NoSharesBecause)));
            Assert.Equal([true, false, true], shown.Roles.Select(r => r.HeadsBetween.All(b => b is not null)));
            Assert.All(shown.Roles[0].HeadsBetween.Zip(shown.Roles[0].Heads), b => Assert.InRange(b.Second.Length, b.First!.Low, b.First.High));
        }

        Assert.Equal(("model-0", "model-1"), Assert.Single(report.RolePairs.Select(p => (p.First, p.Second))));
        var json = ReportJson.Write(report);
        Assert.DoesNotContain("NaN", json, StringComparison.Ordinal);
        Assert.Equal(json, ReportJson.Write(JsonSerializer.Deserialize<ReportDocument>(json, ReportJson.Options)!));
    }

    [Fact]
    public async Task SmoothedSimilarities_HaveIntervalsThatOneThreadMakesToo()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 5);
        using var store = SqliteCellStore.Open(suite.StorePath);
        await using var grid = new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource());
        var spec = suite.Experiment("red") with { Comparison = new ComparisonOptions { IncludeNotReached = true } };
        await grid.RunAsync(spec);
        var report = await new ReportBuilder(grid, "x") { Bootstrap = quick }.BuildAsync(spec);
        var alone = await new ReportBuilder(grid, "x") { Bootstrap = quick with { Threads = 1 } }.BuildAsync(spec);
        var trajectory = Assert.Single(report.Trajectories);
        Assert.Equal(trajectory.EdgeEwmaInterval, alone.Trajectories[0].EdgeEwmaInterval);

        var cells = new List<CellEvidence>();
        await foreach (var cell in (await StoredCells.OpenAsync(grid, spec, quick)).ReadAllAsync())
        {
            cells.Add(cell.Evidence);
        }

        // the same from scratch: every half's series of similarities, smoothed
        var halves = Enumerable.Range(0, quick.HalfSamples)
            .Select(h => ExponentialAverage.Of([.. cells.Zip(cells.Skip(1), (a, b) => a.HalfCircuits!.Value[h].OverlapWith(b.HalfCircuits!.Value[h]).Jaccard)])).ToArray();
        Assert.Equal(4, trajectory.EdgeEwmaInterval.Length);
        for (var t = 0; t < 4; t++)
        {
            var value = trajectory.EdgeEwma[t]!.Value;
            var expected = HalfSamples.Around(value, [.. halves.Select(h => h[t])], cells[0].FindingUnits.Length);
            var interval = trajectory.EdgeEwmaInterval[t]!;
            Assert.Equal((expected.Low, expected.High), (interval.Low, interval.High));
            Assert.True(interval.Low <= value && value <= interval.High && trajectory.NodeEwmaInterval[t] is not null);
        }

        Assert.Contains(trajectory.EdgeEwmaInterval, interval => interval!.High - interval.Low > 0.1);

        Assert.All((await new ReportBuilder(grid, "x") { Bootstrap = quick, MaxResampledEdges = 1 }.BuildAsync(spec)).Trajectories[0].EdgeEwmaInterval, Assert.Null);
    }

    /// <summary>A model of two layers of two heads with scores in induction; no scores at a checkpoint are no role.</summary>
    private static ModelRoles Model(string name, IReadOnlyList<double[]?> rows, IReadOnlyList<int[]>? circuits = null)
    {
        ImmutableArray<ScoredHeads> checkpoints =
        [
            .. rows.Select((row, t) => new ScoredHeads(
                new() { Id = new("suite", name, 100 * t, "heads"), Tokens = 100_000L * t, Action = CellAction.Keep, Reason = PlanReason.UpToDate, Why = "" },
                new()
                {
                    Roles = row is null ? ImmutableSortedDictionary<HeadRole, HeadTable>.Empty : ImmutableSortedDictionary<HeadRole, HeadTable>.Empty.Add(HeadRole.Induction, new(2, [.. row])),
                    Ioi = null,
                    Notes = [],
                })),
        ];
        var trajectory = RoleTrajectory.Of(
            HeadRole.Induction,
            [
                .. checkpoints.Select((c, t) => (Checkpoint: c, Circuit: circuits?[t])).Where(c => c.Checkpoint.Scores.Roles.Count > 0).Select(c => new RoleCheckpoint(
                    c.Checkpoint.Cell.Id.Step, c.Checkpoint.Cell.Tokens, c.Checkpoint.Scores.Roles[HeadRole.Induction], c.Circuit is { } heads ? BitMask.FromIndices(4, heads) : null)),
            ]);
        return new("suite", name, [trajectory], checkpoints);
    }
}
