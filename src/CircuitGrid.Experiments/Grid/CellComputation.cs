using System.Diagnostics;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Experiments.Grid;

/// <summary>A cell's way from weights in memory into the store: the same on every grid.</summary>
/// <param name="analyzer">What computes it.</param>
/// <param name="options">Clock and program, for provenance.</param>
public sealed class CellComputation(ICellAnalyzer analyzer, LocalGridOptions options)
{
    /// <summary>Threads the weights were loaded for.</summary>
    public required int Threads { get; init; }

    /// <summary>How long loading the weights took.</summary>
    public required TimeSpan LoadTime { get; init; }

    /// <summary>Computes a cell on the thread pool.</summary>
    /// <param name="weights">The checkpoint's weights, used by nobody else meanwhile.</param>
    /// <param name="checkpoint">What the checkpoint is.</param>
    /// <param name="cell">The cell.</param>
    /// <param name="expectedBudget">Where its size search is likely to end; it saves time and changes nothing else.</param>
    /// <param name="cancellation">Cancels the computation between its batches.</param>
    public async Task<(CellOutcome Outcome, Provenance Provenance)> RunAsync(
        ILoadedCheckpoint weights, CheckpointInfo checkpoint, PlannedCell cell, int? expectedBudget, CancellationToken cancellation)
    {
        var started = options.Time.GetUtcNow();
        var watch = Stopwatch.StartNew();
        var outcome = await Task.Run(
            () => cell.Heads is { } inputs
                ? new CellOutcome(weights.MeasureHeads(inputs, cancellation))
                : new CellOutcome(weights.Analyze(cell.Dataset!, cell.Analysis!, expectedBudget, progress: null, cancellation)),
            cancellation);
        return (outcome, new()
        {
            Seconds = watch.Elapsed.TotalSeconds,
            LoadSeconds = LoadTime.TotalSeconds,
            Work = CostModel.Work(checkpoint, cell),
            Threads = Threads,
            Host = Environment.MachineName,
            Device = analyzer.Device,
            Program = options.Program,
            Started = started,
            Finished = options.Time.GetUtcNow(),
        });
    }

    /// <summary>Keeps what came of a cell. It can't be cancelled: a finished result is kept even if somebody asks to stop just now.</summary>
    public static Task SaveAsync(ICellStore store, PlannedCell cell, CellOutcome outcome, Provenance provenance) => outcome.Heads is { } heads
        ? store.SaveHeadsAsync(cell.Id, cell.Fingerprint!, heads, provenance, CancellationToken.None)
        : store.SaveAsync(cell.Id, cell.Fingerprint!, outcome.Result!, provenance, CancellationToken.None);

    /// <summary>Why a cell failed, in one line for people.</summary>
    public static string ReasonOf(Exception error) => error is InvalidInputException ? error.Message
        : error is OutOfMemoryException ? "not enough memory; give the run more, or fewer workers"
        : $"{error.GetType().Name}: {error.Message}";
}
