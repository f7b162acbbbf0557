using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Reports.Findings;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Reports.Findings;

/// <summary>What a report says holds in every model, or names those where it does, and leaves open what intervals leave open.</summary>
public sealed class ReportFindingsTests
{
    [Fact]
    public void Of_NothingAtAll_SaysNothing() => Assert.Empty(ReportFindings.Of(Empty()));

    [Fact]
    public void TasksLearned_InAllModels_SpanTheirIntervals()
    {
        var report = Empty() with { TaskOnsets = [Learned("a", 1_000_000, 2_000_000), Learned("b", 500_000, 1_500_000)] };
        Assert.Equal(["Agreement is learned between 500 k and 2 M training tokens in each of 2 models."], ReportFindings.Of(report));
    }

    [Fact]
    public void TasksLearned_InSomeModels_NamesThem_AndWhereTheyAreLost()
    {
        var report = Empty() with { TaskOnsets = [Learned("a", null, 2_000_000, lost: 3_000_000), Learned("b", 4_000_000, null)] };
        Assert.Equal(["Agreement is learned by 2 M training tokens at the latest in a, and isn't seen to be learned in b; it is lost again in a (at 3 M)."], ReportFindings.Of(report));
    }

    [Fact]
    public void TasksLearned_OfUnknownTokens_AreToldInSteps()
    {
        var report = Empty() with { TokensKnown = TokensKnown.Unknown, TaskOnsets = [Learned("a", 100, 500), Learned("b", 200, 1500, lost: 2000)] };
        Assert.Equal(["Agreement is learned between step 100 and step 1500 in each of 2 models; it is lost again in b (at step 2000)."], ReportFindings.Of(report));
        Assert.Equal(
            ["Agreement is learned by step 500 at the latest in a."],
            ReportFindings.Of(report with { TaskOnsets = [Learned("a", null, 500)] }));
    }

    /// <summary>What isn't sure of tokens is said with the first that are named, and not again.</summary>
    [Fact]
    public void TasksLearned_OfAssumedAndRoundedTokens_SaySoOnce()
    {
        var report = Empty() with
        {
            TokensKnown = TokensKnown.Assumed,
            TokensPerStepAssumed = 2_097_152,
            Tasks = [Empty().Tasks[0], new("u", "Succession", "logit-diff", "logits", 10)],
            TaskOnsets = [Learned("a", 1_000_000, 2_000_000), Learned("a", null, 3_000_000) with { Task = "u" }],
        };
        Assert.Equal(
            [
                "Agreement is learned between 1 M and 2 M training tokens (tokens assumed: 2,097,152 a step) in a.",
                "Succession is learned by 3 M training tokens at the latest in a.",
            ],
            ReportFindings.Of(report));
        Assert.Equal(
            "Agreement is learned between 1 M and 2 M training tokens (tokens rounded) in a.",
            ReportFindings.Of(report with { TokensKnown = TokensKnown.Rounded, TokensPerStepAssumed = null })[0]);
    }

    /// <summary>One model's order isn't all models': each is named with its own.</summary>
    [Fact]
    public void RoleOrders_ThatDifferByModel_AreToldModelByModel()
    {
        var report = Empty() with { Roles = [Roles("a", "gone"), Roles("b", "before")] };
        Assert.Equal(["Copying heads, against Agreement: seen earlier but gone when the task appears in a and before it in b."], ReportFindings.Of(report));
        Assert.Equal(["Copying heads, against Agreement: before it in each of 2 models."], ReportFindings.Of(Empty() with { Roles = [Roles("a", "before"), Roles("b", "before")] }));
        Assert.Equal(["Copying heads, against Agreement: after it in b; not seen in a."], ReportFindings.Of(Empty() with { Roles = [Roles("a", "not-seen"), Roles("b", "after")] }));
        Assert.Empty(ReportFindings.Of(Empty() with { Roles = [Roles("a", "not-seen"), Roles("b", "no-task")] }));
    }

    /// <summary>A name mover that works against the task is said to.</summary>
    [Fact]
    public void Algorithm_SaysWhichWayEachKindOfHeadWorks()
    {
        ReportEffectShare direct = new(60, 20) { AbsoluteInterval = new(57, 63) };
        ReportAlgorithmShares shares = new(direct, null, null, [], [], [])
        {
            Carriers = [new("name-mover", ["a0.h0"], ["a0.h1"], 40, 12.5), new("copy-suppression", [], ["a1.h0"], 0, 7.5)],
        };
        var report = Empty() with { Roles = [Roles("a", "no-task") with { Algorithm = [null, new(shares, shares, [], [], [], [])] }] };
        Assert.Equal(
            ["At the last checkpoint the known heads carry 60 % [57, 63] of the direct effects in a's IOI circuit: name movers 40 % for the task, name movers 12.5 % against it and copy suppression heads 7.5 % against it."],
            ReportFindings.Of(report));
        Assert.Empty(ReportFindings.Of(Empty() with { Roles = [Roles("a", "no-task") with { Algorithm = [new(shares with { Direct = new(null, null) }, shares, [], [], [], [])] }] }));
    }

    [Fact]
    public void Sizes_FallOrGrowOnlyWhereTheirIntervalsAreApart()
    {
        var report = Empty() with
        {
            Cells =
            [
                Cell("a", 1, new(40, 30, 50, 30, 50, 5, 9, IsDetermined: false, IncludesRanking: true)), Cell("a", 2, Known(10, 9, 12)),
                Cell("b", 1, Known(10, 9, 12)), Cell("b", 2, Known(11, 10, 14)), Cell("b", 3, Known(12, 12, 15)),
            ],
        };
        Assert.Equal(
            [
                "The size of 1 of 5 circuits isn't determined within a factor of 1.5.",
                "The least determined size, of a at step 1 for Agreement, is anything from 30 to 50 edges before pruning.",
                "From the first circuit of a task to the last, size falls for Agreement in a.",
                "For 1 of 2 models and tasks the intervals of the first and the last size overlap, so that no change is shown.",
            ],
            ReportFindings.Of(report));
    }

    [Fact]
    public void Verdicts_AreCountedByModel_WithWhatTheyHoldOver()
    {
        var report = Empty() with
        {
            Trajectories =
            [
                Trajectory("a", Pair("different", "templates") with { EarlierOnLater = 0.9, LaterOnEarlier = 0.8 }, Pair("same", "examples"), Pair("no-circuit", "examples") with { Across = null }, Pair("too-few-blocks", "examples") with { Across = null }, Pair("too-few-blocks", "examples") with { Across = null }),
                Trajectory("b", Pair("undecided", "examples"), Pair("different", "examples") with { EarlierOnLater = 0.9, LaterOnEarlier = 0.7 }),
            ],
        };
        Assert.Equal(
            [
                "Of 4 pairs of consecutive circuits, 2 are different: 1 of 2 in a and 1 of 2 in b.",
                "Of the others, 1 is the same, falling short of their noise ceiling by less than 0.1, and 1 is undecided.",
                "1 difference holds over templates, 1 over prompts of the same templates.",
                "2 further pairs have too few blocks of examples to be judged.",
                "Of 2 different pairs run on each other's model, the earlier circuit keeps 80 % of the later model's metric in 2, the later one of the earlier's in 1.",
            ],
            ReportFindings.Of(report));
    }

    [Theory]
    [InlineData(1.4, 4.2, "they are larger")]
    [InlineData(0.9, 4.2, "whether they are larger isn't determined")]
    [InlineData(0.2, 0.9, "they are smaller")]
    public void Growth_IsSaidWhereTheIntervalSaysIt(double low, double high, string said)
    {
        var report = Empty() with { Growth = new(["a"], ["b"], 3, 2, new(low, high), null, null) };
        Assert.EndsWith($"over 3 tasks: {said}.", Assert.Single(ReportFindings.Of(report)), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_TellsTheOppositeFromNothing()
    {
        var report = Empty() with { TaskOnsets = [Learned("a", 1, null)], Cells = [Cell("b", 1, null) with { Status = "no-task", State = "no-task" }, Cell("a", 1, null) with { Status = "no-task", State = "no-task", MetricLow = 0.05 }, Cell("a", 2, null) with { Status = "no-task", State = "against" }, Cell("a", 3, null) with { Status = "not-reached" }] };
        Assert.Equal(
            ["4 of 4 cells have no circuit that keeps the threshold: in 1 the model isn't seen to do the task, in 1 it does as much with everything ablated, in 1 it does the opposite and in 1 no circuit within the limit keeps enough."],
            ReportFindings.Of(report));
    }

    private static ReportDocument Empty() => new()
    {
        Title = "t",
        Suite = "s",
        TokensPerStep = 1,
        Created = default,
        Program = "p",
        Analysis = new("eap", null, null, "greedy", Absolute: true, 0.8, "default", "default", "half", "patching", "grid", "templates", "cpu-f32"),
        Models = [new("a", 1, 1, 1, 1, Parallel: true, 8, 10), new("b", 2, 2, 1, 1, Parallel: true, 8, 10)],
        Tasks = [new("t", "Agreement", "logit-diff", "logits", 10)],
        Cells = [],
        Circuits = [],
        CircuitsLeftOut = 0,
        Trajectories = [],
        Scale = [],
    };

    private static ReportTaskOnset Learned(string model, double? after, double? by, double? lost = null) => new(model, "t", 0.1, Onset() with
    {
        After = after is { } a ? new(1, a) : null,
        By = by is { } b ? new(2, b) : null,
        LostAt = lost is { } l ? new(3, l) : null,
    });

    private static ReportOnset Onset() => new()
    {
        After = null,
        By = null,
        Shown = 3,
        LostAt = null,
        BackBy = null,
        HasIntervals = true,
        ThirdOfMaximum = null,
        Midpoint = null,
        MidpointLow = null,
        MidpointHigh = null,
        Fit = "no-rise",
    };

    private static ReportModelRoles Roles(string model, string order) => new()
    {
        Model = model,
        Steps = [1],
        Tokens = [1],
        Algorithm = [],
        Roles =
        [
            new()
            {
                Role = "copying",
                Task = "t",
                FirstHead = null,
                Score = [],
                CircuitSum = [],
                Heads = [],
                Turnover = [],
                Onset = Onset(),
                CircuitOnset = Onset(),
                Order = order,
                CircuitOrder = order,
                Scores = [],
                Profile = [],
                MeanDepth = null,
            },
        ],
    };

    private static ReportSizeInterval Known(double budget, double low, double high) => new(budget, low, high, (int)low, (int)high, 3, 5, IsDetermined: true, IncludesRanking: true);

    private static ReportCell Cell(string model, int step, ReportSizeInterval? size) => new()
    {
        Model = model,
        Step = step,
        Tokens = step,
        Task = "t",
        Status = "reached",
        State = "task",
        Metric = 1,
        MetricLow = 1,
        MetricHigh = 1,
        CorruptedMetric = 0,
        Accuracy = 1,
        Search = [],
        SizeInterval = size,
    };

    private static ReportDifference Pair(string verdict, string scope) => new() { Verdict = verdict, Scope = scope, SizeVerdict = "undecided", Corrected = null, Across = 0.5 };

    private static ReportTrajectory Trajectory(string model, params ReportDifference[] pairs) => new()
    {
        Model = model,
        Task = "t",
        Steps = [],
        Tokens = [],
        Included = [],
        PairTo = [],
        EdgeJaccard = [],
        NodeJaccard = [],
        WeightedJaccard = [],
        WeightedJaccardInCircuits = [],
        EdgeEwma = [],
        NodeEwma = [],
        Differences = [.. pairs],
        EdgeOverlap = [],
        NodeOverlap = [],
    };
}
