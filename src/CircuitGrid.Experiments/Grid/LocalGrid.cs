using System.Collections.Concurrent;
using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid;

/// <summary>The grid in this process, over the cores of this machine. Several processes may share one store.</summary>
/// <param name="store">Where results live; stays the caller's.</param>
/// <param name="claims">Who computes what; stays the caller's.</param>
/// <param name="analyzer">Computes cells.</param>
/// <param name="source">Finds checkpoints and builds examples.</param>
/// <param name="options">Settings.</param>
public sealed class LocalGrid(ICellStore store, ICellClaims claims, ICellAnalyzer analyzer, IExperimentSource source, LocalGridOptions? options = null) : IGrid
{
    /// <summary>Graphs with more edges than this leave their scores in the store while trajectories wait for neighbours.</summary>
    private const int ManyEdges = 100_000;

    private readonly LocalGridOptions options = options ?? new();
    private readonly ConcurrentDictionary<string, LiveComparisons> comparisons = new(StringComparer.Ordinal);

    public Task<GridPlan> PlanAsync(ExperimentSpec experiment, CancellationToken cancellation = default) =>
        new PlanBuilder(store, analyzer, source, options).BuildAsync(experiment, isReady: null, cancellation);

    public async Task<GridProgress> RunAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default) =>
        await RunAsync(await PlanAsync(experiment, cancellation), progress, cancellation);

    public async Task WatchAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default)
    {
        var watcher = new CheckpointWatcher(source, options);
        while (true)
        {
            if (watcher.Look(SuiteFolder.Open(experiment.Suite)))
            {
                var plan = await new PlanBuilder(store, analyzer, source, options).BuildAsync(experiment, watcher.IsReady, cancellation);
                await RunAsync(plan, progress, cancellation);
            }

            await Task.Delay(options.WatchInterval, options.Time, cancellation);
        }
    }

    public async Task<ExperimentComparisons> CompareAsync(ExperimentSpec experiment, CancellationToken cancellation = default)
    {
        // registered before the store is read: whatever arrives meanwhile is taken in too
        var live = comparisons.GetOrAdd(experiment.Identity, _ => new(new(experiment.Comparison)));
        try
        {
            await live.FillAsync(made => FillAsync(made, experiment)).WaitAsync(cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // to be tried anew by whoever asks next
            comparisons.TryRemove(new(experiment.Identity, live));
            throw;
        }

        return live.Comparisons;
    }

    public Task<CellResult?> ReadAsync(CellKey key, CancellationToken cancellation = default) => store.ReadAsync(key, cancellation);

    public Task<HeadScores?> ReadHeadsAsync(CellKey key, CancellationToken cancellation = default) => store.ReadHeadsAsync(key, cancellation);

    public Task<Provenance?> ReadProvenanceAsync(CellKey key, CancellationToken cancellation = default) => store.ReadProvenanceAsync(key, cancellation);

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

        var run = new GridRun(plan, store, claims, analyzer, options, progress, (checkpoint, cell, result) =>
        {
            if (comparisons.TryGetValue(plan.Experiment.Identity, out var live))
            {
                Add(live.Comparisons, checkpoint, cell, result);
            }
        });
        await run.ExecuteAsync(cancellation);
        progress.Report(GridEventKind.Completed);
        return progress.Now;
    }

    private async Task FillAsync(ExperimentComparisons made, ExperimentSpec experiment)
    {
        var plan = await new PlanBuilder(store, analyzer, source, options).BuildAsync(experiment, isReady: _ => true, CancellationToken.None);
        foreach (var checkpoint in plan.Checkpoints)
        {
            foreach (var cell in checkpoint.Cells.Where(c => c.Action == CellAction.Keep))
            {
                if (await store.ReadAsync(cell.Fingerprint!.Key) is { } result)
                {
                    Add(made, checkpoint, cell, result);
                }
            }
        }
    }

    private void Add(ExperimentComparisons to, PlannedCheckpoint checkpoint, PlannedCell cell, CellResult result)
    {
        var info = checkpoint.Info!;
        var model = new ScaleModel(checkpoint.Model.Name, checkpoint.Model.Parameters ?? info.Parameters, info.Heads);
        to.Add(model, cell.Id, cell.Tokens, result, result.Scores.Length > ManyEdges ? () => ReadScores(cell.Fingerprint!.Key) : null);
    }

    /// <summary>Waits on a pool thread: the store's own work never comes back to the caller's.</summary>
    private ImmutableArray<float> ReadScores(CellKey key) =>
        Task.Run(() => store.ReadAsync(key)).GetAwaiter().GetResult()?.Scores
        ?? throw new InvalidOperationException($"Result {key} has left the store.");

    /// <summary>Comparisons, and the one task that fills them from the store.</summary>
    private sealed class LiveComparisons(ExperimentComparisons comparisons)
    {
        private readonly Lock gate = new();
        private Task? filled;

        public ExperimentComparisons Comparisons => comparisons;

        public Task FillAsync(Func<ExperimentComparisons, Task> fill)
        {
            lock (gate)
            {
                return filled ??= Task.Run(() => fill(comparisons));
            }
        }
    }
}
