using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Experiments.Tests.Grid;

/// <summary>Head scores as cells of a grid.</summary>
public sealed class HeadCellTests : IDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 2, checkpoints: 2);
    private readonly SqliteCellStore store;

    public HeadCellTests() => store = SqliteCellStore.Open(suite.StorePath);

    public void Dispose()
    {
        store.Dispose();
        suite.Dispose();
    }

    private ExperimentSpec Experiment => suite.Experiment() with { Heads = true };

    [Fact]
    public async Task Run_WithHeads_ComputesOneCellMoreOfEveryCheckpoint_Once()
    {
        var analyzer = new FakeAnalyzer();
        var listener = new Listener();
        var progress = await Grid(analyzer).RunAsync(Experiment, listener);
        Assert.Equal((12, 12, 0), (progress.Total, progress.Finished, progress.Failed));
        Assert.Equal(4, analyzer.Loads.Count);
        Assert.Equal(4, analyzer.Computed.Count(c => c.EndsWith("/heads", StringComparison.Ordinal)));
        Assert.All(listener.Of(GridEventKind.Finished), e => Assert.Equal(e.Cell!.Task == "heads", e.Heads is not null && e.Result is null));

        var again = await Grid(analyzer).RunAsync(Experiment);
        Assert.Equal((12, 12, 0), (again.Total, again.Kept, again.Finished));
        Assert.Equal(12, analyzer.Computed.Count);
    }

    [Fact]
    public async Task Read_HeadScores_AreWhatWasMeasured_AndNoTasksResult()
    {
        await using var grid = Grid();
        await grid.RunAsync(Experiment);
        var cell = (await grid.PlanAsync(Experiment)).Cells.Single(c => c.Id.ToString() == "fake/model-1@100/heads");
        Assert.Equal(CellAction.Keep, cell.Action);
        var scores = await grid.ReadHeadsAsync(cell.Fingerprint!.Key);
        Assert.Equal(FakeResults.Heads(101).Roles[HeadRole.Successor].Values, scores!.Roles[HeadRole.Successor].Values);
        Assert.Null(await grid.ReadAsync(cell.Fingerprint.Key));
        Assert.NotNull(await grid.ReadHeadsAsync(cell.Fingerprint.Key));
        Assert.NotNull(await grid.ReadProvenanceAsync(cell.Fingerprint.Key));
        Assert.Null(await grid.ReadHeadsAsync((await grid.PlanAsync(Experiment)).Cells.First(c => c.Id.Task == "red").Fingerprint!.Key));
        var stored = await StoredCells.OpenAsync(grid, Experiment);
        Assert.Equal(["green", "red"], stored.Ids.Select(id => id.Task).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(8, (await stored.ReadAllAsync().ToListAsync()).Count);
        Assert.Contains("head scores", (await Assert.ThrowsAsync<InvalidInputException>(() => stored.ReadAsync("fake/model-1@100/heads"))).Reason, StringComparison.Ordinal);
        var comparisons = await grid.CompareAsync(Experiment);
        Assert.Equal(["green", "green", "red", "red"], comparisons.Read((trajectories, _) => trajectories.Keys.Select(k => k.Task).Order(StringComparer.Ordinal).ToArray()));
    }

    [Fact]
    public async Task Plan_AfterAnOptionOfTheScoresChanged_RunsThemAlone()
    {
        await Grid().RunAsync(Experiment);
        var plan = await Grid(source: new FakeSource { TopTokens = 6 }).PlanAsync(Experiment);
        Assert.Equal(["heads"], plan.Cells.Where(c => c.Action == CellAction.Run).Select(c => c.Id.Task).Distinct());
        Assert.All(plan.Cells.Where(c => c.Action == CellAction.Run), c => Assert.Equal("analysis changed: top 5 → 6", c.Why));
        Assert.All(plan.Cells.Where(c => c.Action == CellAction.Run), c => Assert.True(c.Forecast > 0));
        Assert.Contains("heads: 2 of 7 days", plan.Notes);
    }

    /// <summary>Heads have prompts of their own: what is said about a built-in task's has no effect there, and the plan says so.</summary>
    [Fact]
    public async Task Plan_WithOptionsThatHeadsDoNotHave_NotesIt()
    {
        const string Note = "heads: head scores are measured on prompts of their own; 'bos', 'lexicon' and 'templates' are for tasks alone";
        var ioi = new TaskSpec("ioi");
        foreach (var task in (TaskSpec[])[ioi with { PrependBos = true }, ioi with { Lexicon = "words.json" }, ioi with { Templates = TemplateSet.Paraphrases }])
        {
            Assert.Contains(Note, (await Grid().PlanAsync(Experiment with { Tasks = [task] })).Notes);
            Assert.DoesNotContain(Note, (await Grid().PlanAsync(Experiment with { Tasks = [task], Heads = false })).Notes);
        }

        Assert.DoesNotContain(Note, (await Grid().PlanAsync(Experiment with { Tasks = [ioi] })).Notes);
    }

    [Fact]
    public async Task Run_HeadsThatCannotBeScored_FailByThemselves()
    {
        suite.Write("model-0", 100, layers: 1, seed: 5, text: "fails on heads");
        File.WriteAllText(Path.Combine(suite.CheckpointFolder("model-1", 0), "wordless"), "");
        var listener = new Listener();
        var progress = await Grid().RunAsync(Experiment, listener);
        Assert.Equal((12, 10, 2), (progress.Total, progress.Finished, progress.Failed));
        Assert.Equal(["fake/model-0@100/heads", "fake/model-1@0/heads"], listener.Of(GridEventKind.Failed).Select(e => e.Cell!.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Run_WithIoi_MeasuresHeadsInTheCircuitThatWasFoundBefore()
    {
        suite.Write("model-1", 0, layers: 2, seed: 9, skill: 0);
        var experiment = suite.Experiment("ioi", "red") with { Heads = true };
        var analyzer = new FakeAnalyzer();
        await using var grid = Grid(analyzer);
        Assert.Equal((12, 0), await FinishedAndFailed(grid, experiment));
        foreach (var checkpoint in (await grid.PlanAsync(experiment)).Checkpoints)
        {
            var (ioi, heads) = (checkpoint.Cells[0], checkpoint.Cells[2]);
            Assert.EndsWith($";ioi={ioi.Fingerprint!.Key}", heads.Fingerprint!.Analysis, StringComparison.Ordinal);
            var result = await grid.ReadAsync(ioi.Fingerprint.Key);
            var hasNone = checkpoint.Folder == suite.CheckpointFolder("model-1", 0);
            Assert.Equal(hasNone, result!.Status == CellStatus.NoTask);
            Assert.Equal(hasNone ? null : result.Edges.Indices(), analyzer.Circuits[checkpoint.Folder]?.Indices());
        }

        Assert.Equal(3, analyzer.Circuits.Values.OfType<BitMask>().Count(c => c.Count > 0));
    }

    [Fact]
    public async Task Run_WithoutIoi_MeasuresHeadsWithoutACircuit()
    {
        var analyzer = new FakeAnalyzer();
        await using var grid = Grid(analyzer);
        await grid.RunAsync(Experiment);
        Assert.Equal(4, analyzer.Circuits.Count);
        Assert.All(analyzer.Circuits.Values, Assert.Null);
        Assert.All((await grid.PlanAsync(Experiment)).Cells.Where(c => c.Heads is not null), c => Assert.DoesNotContain("ioi", c.Fingerprint!.Analysis, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WhoseIoiFails_FailsTheHeadsAndNamesIt()
    {
        suite.Write("model-0", 100, layers: 1, seed: 5, text: "fails on ioi");
        var analyzer = new FakeAnalyzer();
        var listener = new Listener();
        await using var grid = Grid(analyzer);
        var progress = await grid.RunAsync(suite.Experiment("red", "ioi") with { Heads = true }, listener);
        Assert.Equal((12, 10, 2), (progress.Total, progress.Finished, progress.Failed));
        var failed = listener.Of(GridEventKind.Failed).Single(e => e.Cell!.Task == "heads");
        Assert.Equal("fake/model-0@100/heads", failed.Cell!.ToString());
        Assert.Contains("fake/model-0@100/ioi: failed", failed.Message, StringComparison.Ordinal);
        Assert.Contains("is longer than the model's context", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(suite.CheckpointFolder("model-0", 100), analyzer.Circuits.Keys);
    }

    [Fact]
    public async Task Plan_AfterTheIoiCellChanged_SaysSo_AndNothingAboutItWhereWeightsDid()
    {
        var with = suite.Experiment("ioi") with { Heads = true };
        await using var grid = Grid();
        await grid.RunAsync(Experiment);
        Assert.Equal("there is an ioi circuit now", await WhyHeads(with));
        await grid.RunAsync(with);
        Assert.Equal("the ioi circuit's cell changed", await WhyHeads(with with { Analysis = new AnalysisSpec { Threshold = 0.5 } }));
        await grid.RunAsync(with with { Analysis = new AnalysisSpec { Threshold = 0.5 } });
        Assert.Equal("up to date", await WhyHeads(with));
        suite.Write("model-0", 0, layers: 1, seed: 77);
        Assert.Equal("weights changed", await WhyHeads(with));

        async Task<string> WhyHeads(ExperimentSpec experiment) => (await Grid().PlanAsync(experiment)).Cells.Single(c => c.Id.ToString() == "fake/model-0@0/heads").Why;
    }

    [Fact]
    public async Task Plan_AfterIoiWasTakenOut_SaysSo()
    {
        var with = suite.Experiment("ioi", "red") with { Heads = true };
        await Grid().RunAsync(with);
        var plan = await Grid().PlanAsync(suite.Experiment("red") with { Heads = true });
        Assert.All(plan.Cells.Where(c => c.Heads is not null), c => Assert.Equal((CellAction.Run, PlanReason.CircuitChanged, "there is no ioi circuit any more"), (c.Action, c.Reason, c.Why)));
    }

    [Fact]
    public async Task Plan_WhereIoiCannotBeBuilt_ScoresHeadsWithoutACircuit()
    {
        var plan = await Grid(source: new FakeSource { Impossible = "ioi" }).PlanAsync(suite.Experiment("ioi") with { Heads = true });
        Assert.All(plan.Cells, c => Assert.Equal(c.Heads is null ? CellAction.Skip : CellAction.Run, c.Action));
        Assert.All(plan.Cells.Where(c => c.Heads is not null), c => Assert.Null(c.Circuit));
    }

    /// <summary>Another process computes the IOI cell and has only just begun.</summary>
    [Fact]
    public async Task Run_WhoseIoiOthersCompute_WaitsForTheirCircuit()
    {
        var experiment = suite.Experiment("ioi", "red") with { Heads = true, Models = ["model-0"], Checkpoints = CheckpointSelection.Of([100]) };
        var analyzer = new FakeAnalyzer();
        var waiting = new TaskCompletionSource();
        await using var grid = new LocalGrid(store, store, analyzer, new FakeSource(), new() { ClaimInterval = TimeSpan.FromMilliseconds(20) });
        var ioi = (await grid.PlanAsync(experiment)).Cells.Single(c => c.Id.Task == "ioi");
        await store.ClaimAsync(ClaimOwner.Create() with { Session = "another" }, [ioi.Fingerprint!.Key]);
        var run = grid.RunAsync(experiment, new Listener(e => _ = e is { Kind: GridEventKind.Finished, Cell.Task: "red" } && waiting.TrySetResult()));
        await waiting.Task;
        await Task.Delay(100);
        Assert.Empty(analyzer.Circuits);

        var result = FakeResults.Make(new(1, 2, Parallel: true, 8), seed: 3);
        await store.SaveAsync(ioi.Id, ioi.Fingerprint, result, FakeResults.Provenance);
        var progress = await run;
        Assert.Equal((3, 0), (progress.Total, progress.Failed));
        Assert.Equal(result.Edges.Indices(), Assert.Single(analyzer.Circuits).Value!.Indices());
    }

    [Fact]
    public void Parse_HeadsKey_AsksForThem_AndTheNameIsNoTask()
    {
        Assert.False(ExperimentSpec.Parse("suite: s\ntasks: [ioi]", "e", ".").Heads);
        var with = ExperimentSpec.Parse("suite: s\ntasks: [ioi]\nheads: true", "e", ".");
        Assert.True(with.Heads);
        Assert.NotEqual(with.Identity, (with with { Heads = false }).Identity);
        Assert.Contains("heads: true", Assert.Throws<InvalidInputException>(() => ExperimentSpec.Parse("suite: s\ntasks: [ioi, heads]", "e", ".")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MeasureHeads_RealCheckpoint_IsWhatTheLibraryMeasures()
    {
        var nano = SuiteFolder.Open(FindNano());
        var model = nano.Models[0];
        var step = model.Steps.Max();
        var inputs = new FileExperimentSource().BuildHeads(nano, model, step, new());
        Assert.Equal(70, inputs.Ioi.Length);
        using var loaded = CellAnalyzer.OnCpu().Load(model.StepFolder(step), [], threads: 2, workingMemory: null, CancellationToken.None);
        using var device = new Compute.Reference.ReferenceDevice();
        using var checkpoint = Checkpoint.Open(model.StepFolder(step));
        var few = inputs with { Texts = inputs.Texts[..3], Ioi = inputs.Ioi[..6], RepeatedHalves = inputs.RepeatedHalves[..1] };
        few = few with { Options = few.Options with { MeanTexts = 3, Texts = 1 } };
        var expected = HeadScores.Measure(device, checkpoint, few);
        var edges = new CircuitGraph(GraphShape.Of(checkpoint.Config)).Edges;
        var actual = loaded.MeasureHeads(few, BitMask.FromIndices(edges, Enumerable.Range(0, edges)), CancellationToken.None);

        // a circuit of everything is no restriction
        Assert.Equal(expected.Roles[HeadRole.Induction].Values.Length, actual.Ioi!.InCircuit!.Heads.Length);
        Assert.Equal((actual.Ioi.AllHeads.Direct, actual.Ioi.AllHeads.Queries), (actual.Ioi.InCircuit.Direct, actual.Ioi.InCircuit.Queries));
        Assert.Null(expected.Ioi!.InCircuit);
        Assert.Equal(expected.Roles.Keys, actual.Roles.Keys);
        foreach (var role in (HeadRole[])[HeadRole.Induction, HeadRole.PreviousToken, HeadRole.DuplicateToken, HeadRole.CopySuppression])
        {
            Assert.All(expected.Roles[role].Values.Zip(actual.Roles[role].Values), x => Assert.Equal(x.First, x.Second, 1e-3));
        }
    }

    private static string FindNano()
    {
        var directory = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(directory, "suites", NanoSuite.Name)))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return Path.Combine(directory, "suites", NanoSuite.Name);
    }

    private static async Task<(int Finished, int Failed)> FinishedAndFailed(LocalGrid grid, ExperimentSpec experiment)
    {
        var progress = await grid.RunAsync(experiment);
        return (progress.Finished, progress.Failed);
    }

    private LocalGrid Grid(FakeAnalyzer? analyzer = null, FakeSource? source = null) => new(store, store, analyzer ?? new FakeAnalyzer(), source ?? new FakeSource());
}
