using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Grid;

/// <summary>
/// What runs experiments: in this process, or on a cluster. Members throw <see cref="InvalidInputException"/> where the experiment, its
/// suite or the store can't be used; a single cell or checkpoint that can't only fails by itself.
/// </summary>
public interface IGrid : IAsyncDisposable
{
    /// <summary>What a run would do, why, and how long it would take.</summary>
    Task<GridPlan> PlanAsync(ExperimentSpec experiment, CancellationToken cancellation = default);

    /// <summary>Computes what is missing.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="progress">Hears of everything that happens, one at a time and in order.</param>
    /// <param name="cancellation">Ends the run soon; what is stored by then stays, and another run goes on from there.</param>
    /// <returns>How far it came: everything, less the cells that failed.</returns>
    Task<GridProgress> RunAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default);

    /// <summary>
    /// Computes what is missing, and again whenever a new checkpoint is whole, until it is cancelled. What fails is tried again when its files change. A suite
    /// that has no checkpoints yet, or whose folder is away for a while, is waited for.
    /// </summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="progress">Hears of everything that happens, one at a time and in order.</param>
    /// <param name="cancellation">Ends the watch.</param>
    Task WatchAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default);

    /// <summary>
    /// The comparisons over all results there are. They stay up to date while this grid runs the experiment.
    /// </summary>
    Task<ExperimentComparisons> CompareAsync(ExperimentSpec experiment, CancellationToken cancellation = default);

    /// <summary>
    /// Judges the circuits of pairs of cells in each other's place, and keeps what it finds out: a pair that was judged once takes no model.
    /// </summary>
    /// <param name="experiment">The experiment they are of, which says how to compute.</param>
    /// <param name="pairs">Cells that have results, each two of one graph.</param>
    /// <param name="maxWeightBytes">Bytes of weights, all checkpoints together, from which on no further one is loaded; 0 loads none.</param>
    /// <param name="progress">Receives the share done, 0…1.</param>
    /// <param name="cancellation">Cancels between batches; what is found out by then stays.</param>
    /// <returns>A judgement for every pair, or why there is none.</returns>
    Task<ImmutableArray<JudgedPair>> JudgeAsync(
        ExperimentSpec experiment, IReadOnlyList<CellPair> pairs, long maxWeightBytes, IProgress<double>? progress = null, CancellationToken cancellation = default);

    /// <summary>A task's result, or <see langword="null"/> where there is none under the key, or head scores are.</summary>
    Task<CellResult?> ReadAsync(CellKey key, CancellationToken cancellation = default);

    /// <summary>A checkpoint's head scores, or <see langword="null"/> where there are none under the key.</summary>
    Task<HeadScores?> ReadHeadsAsync(CellKey key, CancellationToken cancellation = default);

    /// <summary>Where a result comes from, or <see langword="null"/> where there is none.</summary>
    Task<Provenance?> ReadProvenanceAsync(CellKey key, CancellationToken cancellation = default);
}
