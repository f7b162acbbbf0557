using System.Collections.Concurrent;
using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Experiments.Grid;

/// <summary>What every grid offers on what its store has: plans, comparisons, results. Safe for several threads.</summary>
/// <param name="store">Where results live; stays the caller's.</param>
/// <param name="analyzer">Looks at checkpoints.</param>
/// <param name="source">Finds checkpoints and builds examples.</param>
/// <param name="options">Settings.</param>
public sealed class GridReader(ICellStore store, ICellAnalyzer analyzer, IExperimentSource source, LocalGridOptions options)
{
    /// <summary>Graphs with more edges than this leave their scores in the store while trajectories wait for neighbours.</summary>
    public const int ManyEdges = 100_000;

    private readonly WeightAudits audits = new(new(store, analyzer, source, options));
    private readonly ConcurrentDictionary<string, LiveComparisons> comparisons = new(StringComparer.Ordinal);

    /// <summary>How long checkpoints' files have been as they are.</summary>
    public FolderSightings Sightings => audits.Digests.Sightings;

    /// <inheritdoc cref="IGrid.PlanAsync"/>
    /// <param name="experiment">The experiment.</param>
    /// <param name="isReady">Which checkpoint folders to take; <see langword="null"/> for all, every listed step being there.</param>
    /// <param name="cancellation">Cancels the planning.</param>
    public async Task<GridPlan> PlanAsync(ExperimentSpec experiment, Func<string, bool>? isReady, CancellationToken cancellation)
    {
        var plan = await new PlanBuilder(store, analyzer, source, options, audits).BuildAsync(experiment, isReady, cancellation);
        if (comparisons.TryGetValue(experiment.Identity, out var live))
        {
            await ReviseAsync(live, plan);
        }

        return plan;
    }

    /// <inheritdoc cref="IGrid.CompareAsync"/>
    /// <param name="experiment">The experiment.</param>
    /// <param name="lookAgain">
    /// Whether to look for what others have put into the store since the last time; needless where everything arrives through <see cref="Arrived"/>.
    /// </param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<ExperimentComparisons> CompareAsync(ExperimentSpec experiment, bool lookAgain, CancellationToken cancellation)
    {
        // registered before the store is read: whatever arrives meanwhile is taken in too
        var live = comparisons.GetOrAdd(experiment.Identity, _ => new(new(experiment.Comparison)));
        try
        {
            await live.FillAsync(lookAgain, () => FillAsync(live, experiment)).WaitAsync(cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // to be tried anew by whoever asks next
            comparisons.TryRemove(new(experiment.Identity, live));
            throw;
        }

        return live.Comparisons;
    }

    /// <summary>Takes note of weights as numbers, where only their digest is known, now that they are read anyway.</summary>
    /// <exception cref="Compute.InvalidInputException">The checkpoint or the store can't be used.</exception>
    public Task LookAsync(PlannedCheckpoint checkpoint, CancellationToken cancellation) => audits.Digests.LookAsync(checkpoint.Files, checkpoint.Model.Ignored, cancellation);

    /// <summary>
    /// A planned checkpoint under the keys of its weights, where so far only its files' digests stood for them. The weights are read, if nobody has yet.
    /// </summary>
    /// <param name="checkpoint">A planned checkpoint.</param>
    /// <param name="mayRead">Whether the weights are here to be read.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns><see langword="null"/> where nobody has read its weights, and they aren't to be.</returns>
    /// <exception cref="Compute.InvalidInputException">The weights or the store can't be read.</exception>
    public async Task<PlannedCheckpoint?> KnowAsync(PlannedCheckpoint checkpoint, bool mayRead, CancellationToken cancellation)
    {
        await audits.Digests.RefreshAsync(cancellation);
        var weights = await audits.Digests.FindAsync(checkpoint.Files, cancellation)
            ?? (mayRead ? await audits.Digests.ComputeAsync(checkpoint.Files, checkpoint.Model.Ignored, cancellation) : null);
        return weights is null ? null : checkpoint.Under(weights);
    }

    /// <summary>A result has come: comparisons of the experiment that somebody has asked for take it in.</summary>
    public void Arrived(ExperimentSpec experiment, PlannedCheckpoint checkpoint, PlannedCell cell, CellResult result)
    {
        if (comparisons.TryGetValue(experiment.Identity, out var live))
        {
            Add(live, checkpoint, cell, result);
        }
    }

    /// <inheritdoc cref="IGrid.ReadAsync"/>
    public Task<CellResult?> ReadAsync(CellKey key, CancellationToken cancellation) => store.ReadAsync(key, cancellation);

    /// <inheritdoc cref="IGrid.ReadHeadsAsync"/>
    public Task<HeadScores?> ReadHeadsAsync(CellKey key, CancellationToken cancellation) => store.ReadHeadsAsync(key, cancellation);

    /// <inheritdoc cref="IGrid.ReadProvenanceAsync"/>
    public Task<Provenance?> ReadProvenanceAsync(CellKey key, CancellationToken cancellation) => store.ReadProvenanceAsync(key, cancellation);

    /// <summary>What a checkpoint is worth can change with those that come after it.</summary>
    private async Task ReviseAsync(LiveComparisons live, GridPlan plan)
    {
        foreach (var checkpoint in plan.Checkpoints)
        {
            foreach (var cell in checkpoint.Cells.Where(c => live.IsOtherwise(checkpoint, c)))
            {
                if (await store.ReadAsync(cell.Fingerprint!.Key) is { } result)
                {
                    Add(live, checkpoint, cell, result);
                }
            }
        }
    }

    private async Task FillAsync(LiveComparisons live, ExperimentSpec experiment)
    {
        var plan = await PlanAsync(experiment, isReady: _ => true, CancellationToken.None);
        foreach (var checkpoint in plan.Checkpoints)
        {
            foreach (var cell in checkpoint.Cells.Where(c => c.Action == CellAction.Keep))
            {
                if (!live.Has(cell) && await store.ReadAsync(cell.Fingerprint!.Key) is { } result)
                {
                    Add(live, checkpoint, cell, result);
                }
            }
        }
    }

    private void Add(LiveComparisons to, PlannedCheckpoint checkpoint, PlannedCell cell, CellResult result)
    {
        var info = checkpoint.Info!;
        var model = new ScaleModel(checkpoint.Model.Name, checkpoint.Model.Parameters ?? info.Parameters, info.Heads);
        to.Comparisons.Add(
            model, cell.Id, cell.Tokens, result, result.Scores.Length > ManyEdges ? () => ReadScores(cell.Fingerprint!.Key) : null, cell.LeftOut is not null, cell.Settings, checkpoint.Model.GoesOn);
        to.Note(checkpoint, cell);
    }

    /// <summary>Waits on a pool thread: the store's own work never comes back to the caller's.</summary>
    private ImmutableArray<float> ReadScores(CellKey key) =>
        Task.Run(() => store.ReadAsync(key)).GetAwaiter().GetResult()?.Scores
        ?? throw new InvalidOperationException($"Result {key} has left the store.");

    /// <summary>Comparisons, what they hold, and the one task that fills them from the store.</summary>
    private sealed class LiveComparisons(ExperimentComparisons comparisons)
    {
        private readonly Lock gate = new();
        private readonly ConcurrentDictionary<CellId, (CellKey Key, bool IsLeftOut, string Settings, long Tokens, bool GoesOn)> known = new();
        private Task? filled;

        public ExperimentComparisons Comparisons => comparisons;

        public bool Has(PlannedCell cell) => known.TryGetValue(cell.Id, out var it) && it.Key == cell.Fingerprint!.Key;

        /// <summary>Whether a cell's result is there, and was taken in as one that is compared otherwise.</summary>
        public bool IsOtherwise(PlannedCheckpoint checkpoint, PlannedCell cell) => cell.Fingerprint is not null && Has(cell) && known[cell.Id] != Worth(checkpoint, cell);

        public void Note(PlannedCheckpoint checkpoint, PlannedCell cell) => known[cell.Id] = Worth(checkpoint, cell);

        private static (CellKey Key, bool IsLeftOut, string Settings, long Tokens, bool GoesOn) Worth(PlannedCheckpoint checkpoint, PlannedCell cell) =>
            (cell.Fingerprint!.Key, cell.LeftOut is not null, cell.Settings, cell.Tokens, checkpoint.Model.GoesOn);

        public Task FillAsync(bool again, Func<Task> fill)
        {
            lock (gate)
            {
                if (filled is null || (again && filled.IsCompleted))
                {
                    filled = Task.Run(fill);
                }

                return filled;
            }
        }
    }
}
