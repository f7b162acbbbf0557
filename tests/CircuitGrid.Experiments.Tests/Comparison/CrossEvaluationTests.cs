using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Experiments.Tests.Comparison;

/// <summary>Circuits of real small models in each other's place.</summary>
public sealed class CrossEvaluationTests : IDisposable
{
    private readonly FakeSuite files = new();
    private readonly SqliteCellStore store;
    private readonly CellAnalyzer analyzer = CellAnalyzer.OnCpu();
    private readonly List<string> loads = [];
    private Func<string, bool> isFree = _ => true;

    public CrossEvaluationTests() => store = SqliteCellStore.Open(files.StorePath);

    public void Dispose()
    {
        store.Dispose();
        files.Dispose();
    }

    [Fact]
    public async Task JudgeAsync_TwoModels_RunsEachCircuitInTheOther()
    {
        var (a, b) = (await CellAsync("one", 3), await CellAsync("two", 4));
        var judged = await JudgeAsync([new(a.Cell, b.Cell)]);
        var cross = judged[0].Cross!.Value;
        Assert.Equal((0.8, null), (cross.Threshold, judged[0].Why));
        Assert.Equal(Judge(a.Result.Edges, b.Cell), cross.FirstOnSecond, 12);
        Assert.Equal(Judge(b.Result.Edges, a.Cell), cross.SecondOnFirst, 12);
        Assert.NotEqual(cross.FirstOnSecond, cross.SecondOnFirst);

        // in its own place a circuit keeps what the search found
        var own = (await JudgeAsync([new(a.Cell, a.Cell)]))[0].Cross!.Value;
        Assert.Equal(a.Result.FoundFaithfulness(a.Result.Chosen!).Value, own.FirstOnSecond, 12);
    }

    [Fact]
    public async Task JudgeAsync_SeveralPairs_LoadsACheckpointOnceAndKeepsWhatItFinds()
    {
        var cells = new[] { await CellAsync("one", 3), await CellAsync("two", 4), await CellAsync("three", 5) };
        CellPair[] pairs = [new(cells[0].Cell, cells[1].Cell), new(cells[1].Cell, cells[2].Cell)];
        var first = await JudgeAsync(pairs);
        Assert.Equal(["one", "three", "two"], loads.Order(StringComparer.Ordinal));
        Assert.All(first, j => Assert.NotNull(j.Cross));

        Assert.Equal(first, await JudgeAsync(pairs, maxWeightBytes: 0));
        Assert.Equal(3, loads.Count);
    }

    [Fact]
    public async Task JudgeAsync_NoRoomOrNotAllowed_SaysWhyAndGoesOnTheNextTime()
    {
        var cells = new[] { await CellAsync("one", 3), await CellAsync("two", 4), await CellAsync("three", 5) };
        CellPair[] pairs = [new(cells[0].Cell, cells[1].Cell), new(cells[1].Cell, cells[2].Cell)];
        Assert.All(await JudgeAsync(pairs, maxWeightBytes: 0), j => Assert.Equal(("no model was loaded for this report", true), (j.Why, j.IsForNow)));
        Assert.Empty(loads);

        // what has no room costs nothing of what may be loaded
        isFree = model => model == "three";
        Assert.All(await JudgeAsync(pairs, maxWeightBytes: 1), j => Assert.Null(j.Cross));
        Assert.Equal(["three"], loads);
        isFree = _ => true;
        loads.Clear();

        // a checkpoint larger than all that is allowed is loaded by itself, or nobody would ever get on
        await JudgeAsync(pairs, maxWeightBytes: 1);
        Assert.Single(loads);
        await JudgeAsync(pairs, maxWeightBytes: 1);
        Assert.Equal(["two", "one"], loads);
        Assert.All(await JudgeAsync(pairs, maxWeightBytes: 0), j => Assert.NotNull(j.Cross));
    }

    [Fact]
    public async Task JudgeAsync_NoRoomForOneCheckpoint_JudgesTheOthers()
    {
        var cells = new[] { await CellAsync("one", 3), await CellAsync("two", 4), await CellAsync("three", 5) };
        CellPair[] pairs = [new(cells[0].Cell, cells[1].Cell), new(cells[1].Cell, cells[2].Cell)];
        isFree = model => model != "three";
        var some = await JudgeAsync(pairs);
        Assert.NotNull(some[0].Cross);
        Assert.Equal(new JudgedPair(null, "no device has room for the checkpoint now", IsForNow: true), some[1]);

        isFree = _ => true;
        loads.Clear();
        Assert.All(await JudgeAsync(pairs), j => Assert.NotNull(j.Cross));
        Assert.Equal(["three"], loads);
    }

    [Fact]
    public async Task JudgeAsync_AResultThatIsGone_LeavesTheRestOfItsCheckpointAlone()
    {
        var cells = new[] { await CellAsync("one", 3), await CellAsync("two", 4) };
        var lost = cells[0].Cell with { Cell = cells[0].Cell.Cell with { Id = new("s", "one", 1, "lost"), Fingerprint = new("lost", "e", "a", "cpu-f32", 1) } };
        var judged = await JudgeAsync([new(lost, cells[1].Cell), new(cells[0].Cell, cells[1].Cell)]);
        Assert.Equal(new JudgedPair(null, "s/one@1/lost can't be read: has just lost its result", IsForNow: false), judged[0]);
        Assert.NotNull(judged[1].Cross);
    }

    [Fact]
    public async Task JudgeAsync_ACheckpointThatCantBeLoaded_FailsByItself()
    {
        var cells = new[] { await CellAsync("one", 3), await CellAsync("two", 4), await CellAsync("three", 5) };
        File.WriteAllText(Path.Combine(cells[2].Cell.Checkpoint.Folder, "model.safetensors"), "nothing");
        var judged = await JudgeAsync([new(cells[0].Cell, cells[1].Cell), new(cells[1].Cell, cells[2].Cell)]);
        Assert.NotNull(judged[0].Cross);
        Assert.Null(judged[1].Cross);
        Assert.StartsWith("s/three@1 can't be loaded: ", judged[1].Why, StringComparison.Ordinal);
        Assert.DoesNotContain(files.Root, judged[1].Why, StringComparison.Ordinal);
    }

    private Task<System.Collections.Immutable.ImmutableArray<JudgedPair>> JudgeAsync(CellPair[] pairs, long maxWeightBytes = long.MaxValue) =>
        new CrossEvaluation(store, LoadAsync).JudgeAsync(pairs, maxWeightBytes, progress: null, CancellationToken.None);

    private Task<ILoadedCheckpoint?> LoadAsync(PlannedCheckpoint checkpoint, CancellationToken cancellation)
    {
        if (!isFree(checkpoint.Model.Name))
        {
            return Task.FromResult<ILoadedCheckpoint?>(null);
        }

        loads.Add(checkpoint.Model.Name);
        return Task.FromResult<ILoadedCheckpoint?>(analyzer.Load(checkpoint.Folder, [], threads: 1, workingMemory: null, cancellation));
    }

    /// <summary>Faithfulness without any of the grid's code.</summary>
    private static double Judge(BitMask edges, PlacedCell place)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var checkpoint = Checkpoint.Open(place.Checkpoint.Folder);
        using var model = Transformer.Load(device, checkpoint);
        var (examples, blocks) = (place.Cell.Dataset!.Examples, place.Cell.Analysis!.Blocks);
        using var evaluator = new CircuitEvaluator(model, examples, place.Cell.Dataset.Metric);
        var metrics = evaluator.Evaluate([Circuit.Prune(new CircuitGraph(GraphShape.Of(model.Config)), edges.Indices())])[0];
        int[] finding = [.. Enumerable.Range(0, examples.Length).Where(i => i * blocks / examples.Length % 2 == 0)];
        return finding.Average(i => metrics[i]) / finding.Average(i => evaluator.CleanMetrics[i]);
    }

    /// <summary>A model with a stored result.</summary>
    private async Task<(PlacedCell Cell, CellResult Result)> CellAsync(string model, int seed)
    {
        var folder = files.CheckpointFolder(model, 1);
        TinyModel.Write(folder, seed);
        var info = analyzer.Inspect(folder, new());
        var task = TinyModel.Task(folder, isGood: true);
        var analysis = new AnalysisSpec { Blocks = 8 }.Resolve((int)GraphSize.Edges(info.Graph), task.Examples.Length);
        using var loaded = analyzer.Load(folder, [], 1, null, CancellationToken.None);
        var result = loaded.Analyze(task, analysis, null, null, CancellationToken.None);
        var planned = new PlannedCell
        {
            Id = new("s", model, 1, "t"),
            Tokens = 1,
            Action = CellAction.Keep,
            Reason = PlanReason.UpToDate,
            Why = "",
            Fingerprint = new(model, "e", analysis.Canonical, "cpu-f32", 1),
            Analysis = analysis,
            Dataset = task,
        };
        await store.SaveAsync(planned.Id, planned.Fingerprint, result, FakeResults.Provenance);
        var suiteModel = SuiteFolder.Open(files.Folder).Models.Single(m => string.Equals(m.Name, model, StringComparison.Ordinal));
        return (new(new(suiteModel, 1, info, [planned]), planned), result);
    }
}
