using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Experiments.Tests.Grid;

public sealed class LocalGridTests : IDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 2, checkpoints: 3);
    private readonly SqliteCellStore store;

    public LocalGridTests() => store = SqliteCellStore.Open(suite.StorePath);

    public void Dispose()
    {
        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public async Task Run_EmptyStore_ComputesEveryCellLoadingEachCheckpointOnce()
    {
        var analyzer = new FakeAnalyzer();
        var listener = new Listener();
        var progress = await Grid(analyzer).RunAsync(suite.Experiment(), listener);

        Assert.Equal((12, 0, 12, 0, 0), (progress.Total, progress.Kept, progress.Finished, progress.Failed, progress.Waiting));
        Assert.Equal(6, analyzer.Loads.Count);
        Assert.Equal(6, analyzer.Loads.Distinct().Count());
        Assert.Equal(12, analyzer.Computed.Distinct().Count());
        Assert.Equal(GridEventKind.Planned, listener.Events[0].Kind);
        Assert.Equal(GridEventKind.Completed, listener.Events[^1].Kind);
        Assert.Equal(12, listener.Of(GridEventKind.Started).Count());
        Assert.All(listener.Of(GridEventKind.Finished), e => Assert.NotNull(e.Result));
        Assert.Equal(TimeSpan.Zero, listener.Events[^1].Progress.Left);
    }

    [Fact]
    public async Task Run_Again_ComputesNothingAndReadsNoWeights()
    {
        await Grid().RunAsync(suite.Experiment());
        foreach (var file in Directory.GetFiles(suite.Folder, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        await Grid().PlanAsync(suite.Experiment());
        var analyzer = new FakeAnalyzer();
        var progress = await Grid(analyzer).RunAsync(suite.Experiment());

        Assert.Equal((12, 12, 0), (progress.Total, progress.Kept, progress.Finished));
        Assert.Empty(analyzer.Loads);
        Assert.Empty(analyzer.Digests);
    }

    /// <summary>A store that has lost what it said to keep isn't called complete, and the next run mends it.</summary>
    [Fact]
    public async Task Run_WhoseStoreLosesResults_SaysSo_AndTheNextComputesThem()
    {
        await Grid().RunAsync(suite.Experiment("red"));
        var computed = 0;
        var analyzer = new FakeAnalyzer
        {
            During = (_, _) =>
            {
                if (Interlocked.Increment(ref computed) == 6)
                {
                    Lose(2);
                }
            },
        };
        var listener = new Listener();
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Grid(analyzer).RunAsync(suite.Experiment("red", "green"), listener));
        Assert.Equal((store.Location, "has lost 2 results that it had kept; a further run computes them again"), (error.Input, error.Message[(error.Input.Length + 2)..]));
        Assert.Empty(listener.Of(GridEventKind.Completed));

        var mended = await Grid().RunAsync(suite.Experiment("red", "green"));
        Assert.Equal((12, 10, 2), (mended.Total, mended.Kept, mended.Finished));
    }

    private void Lose(int results)
    {
        using var connection = new SqliteConnection($"Data Source={suite.StorePath};Pooling=false;Default Timeout=30");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            BEGIN IMMEDIATE;
            CREATE TEMP TABLE lost AS SELECT key FROM results ORDER BY key LIMIT {results};
            DELETE FROM results WHERE key IN lost;
            DELETE FROM cells WHERE key IN lost;
            COMMIT;
            """;
        command.ExecuteNonQuery();
    }

    [Fact]
    public async Task Plan_AfterChanges_SaysWhyEachCellRuns()
    {
        var grid = Grid();
        await grid.RunAsync(suite.Experiment("red", "green"));
        suite.Write("model-0", 100, layers: 1, seed: 999);
        suite.Write("model-0", 300, layers: 1, seed: 7);

        var plan = await grid.PlanAsync(suite.Experiment("red", "green"));
        Assert.Equal(PlanReason.WeightsChanged, Reason(plan, "fake/model-0@100/red"));
        Assert.Equal(PlanReason.New, Reason(plan, "fake/model-0@300/red"));
        Assert.Equal(PlanReason.UpToDate, Reason(plan, "fake/model-0@200/red"));
        Assert.Equal(4, plan.Count(CellAction.Run));

        var deeper = suite.Experiment("red") with { Analysis = new AnalysisSpec { Steps = 30 } };
        var cell = (await grid.PlanAsync(deeper)).Cells.First(c => c.Id.ToString() == "fake/model-1@0/red");
        Assert.Equal(PlanReason.AnalysisChanged, cell.Reason);
        Assert.Equal("analysis changed: steps 5 → 30", cell.Why);

        var others = suite.Experiment("red") with { Tasks = [new TaskSpec("red") { Count = 12, Seed = 5 }] };
        Assert.Equal(PlanReason.ExamplesChanged, Reason(await grid.PlanAsync(others), "fake/model-1@0/red"));

        var newer = Grid(new FakeAnalyzer { AlgorithmVersion = 2 });
        Assert.Equal(PlanReason.AlgorithmChanged, Reason(await newer.PlanAsync(suite.Experiment("red")), "fake/model-1@0/red"));
    }

    [Fact]
    public async Task Run_CosmeticChanges_RecomputesNothing()
    {
        await Grid().RunAsync(suite.Experiment());
        File.SetLastWriteTimeUtc(Path.Combine(suite.CheckpointFolder("model-0", 0), FakeSource.WeightsName), DateTime.UtcNow.AddHours(-3));
        var eap = new AnalysisSpec { MaxEdges = EdgeLimit.All, Blocks = 12 };
        var analyzer = new FakeAnalyzer();
        var cosmetic = suite.Experiment() with { Name = "another name", Threads = 1, Analysis = eap };
        var progress = await Grid(analyzer).RunAsync(cosmetic);
        Assert.Equal(12, progress.Kept);
        Assert.Empty(analyzer.Computed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Run_SameWeightsUnderTwoNames_ComputesThemOnce(int workers)
    {
        suite.Write("model-0", 200, layers: 1, seed: 0);
        var analyzer = new FakeAnalyzer { Pause = TimeSpan.FromMilliseconds(50) };
        var listener = new Listener();
        var progress = await Grid(analyzer, workers).RunAsync(suite.Experiment("red"), listener);
        Assert.Equal(6, progress.Finished);
        Assert.Equal(5, analyzer.Computed.Count);
        Assert.Single(listener.Of(GridEventKind.Found));

        suite.Write("model-0", 300, layers: 1, seed: 0);
        var plan = await Grid().PlanAsync(suite.Experiment("red"));
        Assert.Equal(PlanReason.SameAsAnother, Reason(plan, "fake/model-0@300/red"));
        Assert.Equal(PlanReason.UpToDate, Reason(plan, "fake/model-0@200/red"));
    }

    [Fact]
    public async Task Run_FailingCells_AreRecordedAndTheRestGoesOn()
    {
        suite.Write("model-0", 0, layers: 1, text: "fails on red");
        suite.Write("model-0", 100, layers: 1, text: "unloadable");
        File.WriteAllText(Path.Combine(suite.CheckpointFolder("model-0", 200), FakeSource.WeightsName), "nonsense");
        var listener = new Listener();
        var progress = await Grid().RunAsync(suite.Experiment("red", "green", "impossible"), listener);

        Assert.Equal((18, 7, 11), (progress.Total, progress.Finished, progress.Failed));
        var reasons = listener.Of(GridEventKind.Failed).ToDictionary(e => e.Cell!.ToString(), e => e.Message);
        Assert.Equal("prompt: is longer than the model's context", reasons["fake/model-0@0/red"]);
        Assert.EndsWith("is unloadable", reasons["fake/model-0@100/green"]);
        Assert.EndsWith("is no checkpoint", reasons["fake/model-0@200/green"]);
        Assert.Equal("impossible: doesn't fit the tokenizer", reasons["fake/model-1@0/impossible"]);

        var plan = await Grid().PlanAsync(suite.Experiment("red", "green"));
        Assert.Equal(PlanReason.FailedBefore, Reason(plan, "fake/model-0@0/red"));
        Assert.Equal(PlanReason.FailedBefore, Reason(plan, "fake/model-0@100/green"));
        Assert.Equal(PlanReason.Unusable, Reason(plan, "fake/model-0@200/green"));

        suite.Write("model-0", 0, layers: 1);
        await Grid().RunAsync(suite.Experiment("red"));
        Assert.Equal(PlanReason.UpToDate, Reason(await Grid().PlanAsync(suite.Experiment("red")), "fake/model-0@0/red"));
    }

    [Fact]
    public async Task Run_CrashingAnalyzer_NamesTheException()
    {
        var analyzer = new FakeAnalyzer { During = (what, _) => Assert.False(what.EndsWith("step0/red", StringComparison.Ordinal), "boom") };
        var listener = new Listener();
        var progress = await Grid(analyzer).RunAsync(suite.Experiment("red"), listener);
        Assert.Equal((4, 2), (progress.Finished, progress.Failed));
        Assert.All(listener.Of(GridEventKind.Failed), e => Assert.Equal("FalseException: boom", e.Message));
    }

    [Fact]
    public async Task Run_CancelledInsideACell_LeavesAStateThatResumes()
    {
        using var stop = new CancellationTokenSource();
        var begun = 0;
        var first = new FakeAnalyzer
        {
            During = (_, cancellation) =>
            {
                if (Interlocked.Increment(ref begun) == 5)
                {
                    stop.Cancel();
                    cancellation.WaitHandle.WaitOne();
                    cancellation.ThrowIfCancellationRequested();
                }
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Grid(first, workers: 1).RunAsync(suite.Experiment(), cancellation: stop.Token));

        var second = new FakeAnalyzer();
        var progress = await Grid(second).RunAsync(suite.Experiment());
        Assert.Equal((4, 8), (progress.Kept, progress.Finished));
        Assert.Equal(8, second.Computed.Count);
        Assert.Contains(first.Computed.Last(), second.Computed);
    }

    [Fact]
    public async Task Run_StoreBreaksMidway_EndsWithItsReason()
    {
        var done = 0;
        var analyzer = new FakeAnalyzer
        {
            During = (_, _) =>
            {
                if (Interlocked.Increment(ref done) == 3)
                {
                    using var connection = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=" + suite.StorePath);
                    connection.Open();
                    using var command = connection.CreateCommand();
                    command.CommandText = "DROP VIEW grid; DROP TABLE results";
                    command.ExecuteNonQuery();
                }
            },
        };
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Grid(analyzer).RunAsync(suite.Experiment()));
        Assert.Contains("no such table: results", error.Message);
        Assert.Equal(suite.StorePath, error.Input);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Run_AnyNumberOfWorkers_StoresTheSameBytes(int workers)
    {
        await Grid(workers: workers).RunAsync(suite.Experiment());
        using var otherStore = SqliteCellStore.Open(Path.Combine(suite.Root, "other.db"));
        await new LocalGrid(otherStore, otherStore, new FakeAnalyzer(), new FakeSource(), new LocalGridOptions { Workers = 2 }).RunAsync(suite.Experiment());
        foreach (var cell in (await Grid().PlanAsync(suite.Experiment())).Cells)
        {
            Assert.Equal(CellAction.Keep, cell.Action);
            var a = await store.ReadAsync(cell.Fingerprint!.Key);
            var b = await otherStore.ReadAsync(cell.Fingerprint.Key);
            Assert.Equal(CellResultCodec.Encode(a!), CellResultCodec.Encode(b!));
        }
    }

    [Fact]
    public async Task Run_WithinMemory_LoadsOneCheckpointAtATime()
    {
        var analyzer = new FakeAnalyzer { Pause = TimeSpan.FromMilliseconds(5) };
        await Grid(analyzer, workers: 2).RunAsync(suite.Experiment() with { Memory = 1 });
        Assert.Equal(1, analyzer.MostLoaded);
        Assert.Equal(12, analyzer.Computed.Count);
    }

    [Fact]
    public async Task Run_PlentyOfMemory_LoadsTheNextBehindTheCurrent()
    {
        var analyzer = new FakeAnalyzer { Pause = TimeSpan.FromMilliseconds(30) };
        await Grid(analyzer, workers: 1).RunAsync(suite.Experiment("red"));
        Assert.InRange(analyzer.MostLoaded, 2, 3);
    }

    [Fact]
    public async Task Run_DeviceOfItsOwnMemory_GoesByThat()
    {
        var analyzer = new FakeAnalyzer { Pause = TimeSpan.FromMilliseconds(5), OwnMemory = () => 1 };
        await Grid(analyzer, workers: 2).RunAsync(suite.Experiment());
        Assert.Equal(1, analyzer.MostLoaded);
        Assert.Equal(12, analyzer.Computed.Count);

        // nothing is left to compute, so the device needn't be there
        var gone = new FakeAnalyzer { OwnMemory = () => throw new InvalidInputException("device cuda:0", "isn't there") };
        Assert.Equal(0, (await Grid(gone).RunAsync(suite.Experiment())).Failed);
        await Assert.ThrowsAsync<InvalidInputException>(() => Grid(gone).RunAsync(suite.Experiment() with { Analysis = new() { Steps = 9 } }));
    }

    [Fact]
    public async Task Run_DeviceThatHasLessThanItSays_LoadsAgainWhenNothingElseIsThere()
    {
        var analyzer = new FakeAnalyzer { Pause = TimeSpan.FromMilliseconds(30), Room = 1 };
        var progress = await Grid(analyzer, workers: 1).RunAsync(suite.Experiment("red"));
        Assert.Equal((6, 0), (progress.Finished, progress.Failed));
        Assert.Equal(1, analyzer.MostLoaded);
        Assert.InRange(analyzer.Loads.Count, 7, 11);
    }

    [Fact]
    public async Task Run_CheckpointsThatDoNotFitAtAll_FailWithTheReason()
    {
        var failures = new List<string?>();
        var analyzer = new FakeAnalyzer { Room = 0 };
        var progress = await Grid(analyzer, workers: 1).RunAsync(suite.Experiment("red"), new Listener(e => failures.Add(e.Kind == GridEventKind.Failed ? e.Message : null)));
        Assert.Equal((0, 6), (progress.Finished, progress.Failed));
        Assert.Equal(6, failures.Count(m => m is not null && m.Contains("1,000 bytes don't fit beside the 1,000 in use", StringComparison.Ordinal)));
        Assert.Equal(12, analyzer.Loads.Count);
    }

    [Fact]
    public async Task Plan_UnknownModelOrStep_NamesTheNearest()
    {
        var model = await Assert.ThrowsAsync<InvalidInputException>(() => Grid().PlanAsync(suite.Experiment() with { Models = ["model-O"] }));
        Assert.Contains("did you mean 'model-0'?", model.Message);
        var step = await Assert.ThrowsAsync<InvalidInputException>(() => Grid().PlanAsync(suite.Experiment() with { Checkpoints = CheckpointSelection.Of([100, 150]) }));
        Assert.Contains("model-0 has no step 150; it has 0, 100, 200", step.Message);
        await Assert.ThrowsAsync<InvalidInputException>(() => Grid().PlanAsync(suite.Experiment() with { Checkpoints = CheckpointSelection.Named("late-start")! }));
        await Assert.ThrowsAsync<InvalidInputException>(() => Grid(new FakeAnalyzer { Numerics = "cuda-bf16" }).PlanAsync(suite.Experiment()));
    }

    [Fact]
    public async Task Plan_CheckpointOfAnotherShape_IsLeftOut()
    {
        suite.Write("model-1", 300, layers: 5);
        var plan = await Grid().PlanAsync(suite.Experiment("red"));
        var odd = plan.Cells.Single(c => c.Id.Step == 300);
        Assert.Equal((CellAction.Skip, PlanReason.Unusable), (odd.Action, odd.Reason));
        Assert.Contains("has 5 layers of 2 heads, width 8; step 0 of the same model has 2 of 2, width 8", odd.Why);
        Assert.Equal(6, (await Grid().RunAsync(suite.Experiment("red"))).Finished);
    }

    [Fact]
    public async Task Plan_SmallModels_WorksOnOneCheckpointAThread()
    {
        Assert.Equal((2, 2), await ThreadsAndWorkers(suite.Experiment("red")));
        Assert.Equal((4, 4), await ThreadsAndWorkers(suite.Experiment("red") with { Threads = 4 }));
        Assert.Equal((9, 6), await ThreadsAndWorkers(suite.Experiment("red") with { Threads = 9 }));
        Assert.Equal((2, 1), await ThreadsAndWorkers(suite.Experiment("red") with { Models = ["model-1"], Checkpoints = CheckpointSelection.Of([0]) }));

        // one GPU isn't shared out
        Assert.Equal((2, 1), await ThreadsAndWorkers(suite.Experiment("red") with { Numerics = "cuda-bf16" }));

        async Task<(int, int)> ThreadsAndWorkers(ExperimentSpec spec) =>
            await Grid(new FakeAnalyzer { Numerics = spec.Numerics }).PlanAsync(spec) is var plan ? (plan.Threads, plan.Workers) : default;
    }

    [Fact]
    public async Task Compare_WhileRunning_SeesEveryResultAndEqualsAFreshLook()
    {
        var grid = Grid();
        var spec = suite.Experiment();
        await grid.RunAsync(spec with { Models = ["model-0"] });
        var live = await grid.CompareAsync(spec);
        Assert.Equal(2, live.Read((trajectories, _) => trajectories.Count));
        await grid.RunAsync(spec);
        Assert.Same(live, await grid.CompareAsync(spec));
        var fresh = await Grid().CompareAsync(spec);
        Assert.Equal(Describe(fresh), Describe(live));
        Assert.Equal(4, live.Read((trajectories, _) => trajectories.Count));

        static string Describe(ExperimentComparisons comparisons) => comparisons.Read((trajectories, scales) => string.Join(
            '\n',
            [
                .. trajectories.Select(t => $"{t.Key}: {string.Join(", ", t.Value.Points.Select(p => $"{p.Step} {p.Status} {p.Edges}"))}; {string.Join(", ", t.Value.Pairs)}"),
                .. scales.Select(s => $"{s.Key}: {string.Join(", ", s.Value.Points)} {s.Value.PearsonParameters:R}"),
            ]));
    }

    [Fact]
    public async Task Plan_AfterARun_ForecastsWhatCellsTook()
    {
        await Grid(new FakeAnalyzer { Pause = TimeSpan.FromMilliseconds(50) }, workers: 1).RunAsync(suite.Experiment("red"));
        suite.Write("model-0", 300, layers: 1, seed: 42);
        var plan = await Grid().PlanAsync(suite.Experiment("red"));
        var cell = plan.Cells.Single(c => c.Action == CellAction.Run);
        Assert.InRange(cell.Forecast, 0.05, 5);
        Assert.Equal(0, plan.Cells.First(c => c.Action == CellAction.Keep).Forecast);
    }

    private static PlanReason Reason(GridPlan plan, string id) => plan.Cells.Single(c => c.Id.ToString() == id).Reason;

    private LocalGrid Grid(FakeAnalyzer? analyzer = null, int? workers = null) =>
        new(store, store, analyzer ?? new FakeAnalyzer(), new FakeSource(), new LocalGridOptions { Threads = 2, Workers = workers });
}
