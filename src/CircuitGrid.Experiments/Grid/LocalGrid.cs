using System.Collections.Concurrent;
using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Experiments.Grid;

/// <summary>The grid in this process, over the cores of this machine. Several processes may share one store.</summary>
/// <param name="store">Where results live; stays the caller's.</param>
/// <param name="claims">Who computes what; stays the caller's.</param>
/// <param name="analyzer">Computes cells.</param>
/// <param name="source">Finds checkpoints and builds examples.</param>
/// <param name="options">Settings.</param>
public sealed class LocalGrid(ICellStore store, ICellClaims claims, ICellAnalyzer analyzer, IExperimentSource source, LocalGridOptions? options = null) : IGrid
{
    private readonly LocalGridOptions options = options ?? new();
    private readonly GridReader reader = new(store, analyzer, source, options ?? new());
    private readonly ConcurrentDictionary<(CellKey Circuit, CellKey Place), double> unsavedTransfers = new();

    public Task<GridPlan> PlanAsync(ExperimentSpec experiment, CancellationToken cancellation = default) =>
        reader.PlanAsync(experiment, isReady: null, cancellation);

    public async Task<GridProgress> RunAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default) =>
        await RunAsync(await PlanAsync(experiment, cancellation), progress, cancellation);

    public Task WatchAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default) =>
        new LocalWatch(experiment, reader, source, options, RunAsync, progress).RunAsync(cancellation);

    public Task<ExperimentComparisons> CompareAsync(ExperimentSpec experiment, CancellationToken cancellation = default) => reader.CompareAsync(experiment, lookAgain: false, cancellation);

    public Task<ImmutableArray<JudgedPair>> JudgeAsync(
        ExperimentSpec experiment, IReadOnlyList<CellPair> pairs, long maxWeightBytes, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var workingMemory = Math.Max(1, (experiment.Memory ?? options.Memory) / 2);
        return new CrossEvaluation(store, LoadAsync, unsavedTransfers).JudgeAsync(pairs, maxWeightBytes, progress, cancellation);

        // weights that were removed again aren't fetched once more for the sake of a comparison
        async Task<ILoadedCheckpoint?> LoadAsync(PlannedCheckpoint checkpoint, CancellationToken cancel) => checkpoint.Missing > 0
            ? throw new InvalidInputException(checkpoint.Name, "its weights have been removed again; a run with --keep all keeps them")
            : await Task.Run(() => analyzer.Load(checkpoint.Files, checkpoint.Model.Ignored, experiment.Threads ?? Environment.ProcessorCount, workingMemory, cancel), cancel);
    }

    public Task<CellResult?> ReadAsync(CellKey key, CancellationToken cancellation = default) => reader.ReadAsync(key, cancellation);

    public Task<HeadScores?> ReadHeadsAsync(CellKey key, CancellationToken cancellation = default) => reader.ReadHeadsAsync(key, cancellation);

    public Task<Provenance?> ReadProvenanceAsync(CellKey key, CancellationToken cancellation = default) => reader.ReadProvenanceAsync(key, cancellation);

    public ValueTask DisposeAsync()
    {
        (analyzer as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<GridProgress> RunAsync(GridPlan plan, IProgress<GridEvent>? listener, CancellationToken cancellation)
    {
        var progress = new RunProgress(plan, listener, options.Time);
        progress.Report(GridEventKind.Planned);
        foreach (var cell in plan.Cells.Where(c => c.Reason == PlanReason.SameAsAnother))
        {
            await store.NameAsync(cell.Id, cell.Fingerprint!, cancellation);
        }

        var fetching = new FetchAhead(source.Hub, options.Fetching, progress.Report, options.Time);
        var run = new GridRun(plan, store, claims, analyzer, options, progress, fetching, reader, (checkpoint, cell, result) => reader.Arrived(plan.Experiment, checkpoint, cell, result));
        await run.ExecuteAsync(cancellation);
        await RequireResultsAsync(plan, progress, cancellation);
        progress.Report(GridEventKind.Completed);
        return progress.Now;
    }

    /// <summary>Looks results up once more before a run is called completed: a store may lose what it has said to keep.</summary>
    /// <exception cref="InvalidInputException">Some aren't there.</exception>
    private async Task RequireResultsAsync(GridPlan plan, RunProgress progress, CancellationToken cancellation)
    {
        var keys = plan.Cells.Where(c => c is { Action: CellAction.Keep, Reason: PlanReason.UpToDate }).Select(c => c.Fingerprint!.Key).Concat(progress.Results).ToHashSet();
        var lost = keys.Count - (await store.FindAsync(keys, cancellation)).Count;
        if (lost > 0)
        {
            throw new InvalidInputException(store.Location, $"has lost {lost} results that it had kept; a further run computes them again");
        }
    }
}
