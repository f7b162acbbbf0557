using System.Collections.Concurrent;
using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Grains.Hosting;

/// <summary>Plans, compares and reads experiments of any numerics over one store. Safe for several threads.</summary>
/// <param name="store">Where results live; stays the caller's.</param>
/// <param name="looks">Looks at checkpoints; it needn't compute in an experiment's numerics.</param>
/// <param name="source">Finds checkpoints and builds examples.</param>
/// <param name="options">Settings.</param>
public sealed class GridReaders(ICellStore store, ICellAnalyzer looks, IExperimentSource source, LocalGridOptions options)
{
    private readonly ConcurrentDictionary<string, GridReader> readers = new(StringComparer.Ordinal);

    /// <summary>
    /// Lends a checkpoint's weights to whoever has something to compute that isn't a cell, in an experiment's numerics; <see langword="null"/> in a process
    /// without devices. It lends nothing where no device has room now.
    /// </summary>
    public Func<PlannedCheckpoint, string, CancellationToken, Task<ILoadedCheckpoint?>>? Lend { get; init; }

    /// <summary>The one for experiments of some numerics.</summary>
    public GridReader Of(string numerics) => readers.GetOrAdd(numerics, n => new(store, new PlanningAnalyzer(looks, n), source, options));

    /// <inheritdoc cref="IGrid.JudgeAsync"/>
    public Task<ImmutableArray<JudgedPair>> JudgeAsync(
        ExperimentSpec experiment, IReadOnlyList<CellPair> pairs, long maxWeightBytes, IProgress<double>? progress, CancellationToken cancellation) =>
        new CrossEvaluation(
            store,
            (checkpoint, cancel) => Lend is null ? throw new InvalidInputException("this process", "has no device") : Lend(checkpoint, experiment.Numerics, cancel))
            .JudgeAsync(pairs, maxWeightBytes, progress, cancellation);
}
