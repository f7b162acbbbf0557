using System.Diagnostics;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Experiments.Grid;

/// <summary>A cell's way from weights in memory into the store: the same on every grid.</summary>
/// <param name="analyzer">What computes it.</param>
/// <param name="store">Where the result goes to, and where the circuit is that head scores are measured in.</param>
/// <param name="options">Clock and program, for provenance.</param>
public sealed class CellComputation(ICellAnalyzer analyzer, ICellStore store, LocalGridOptions options)
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
    /// <exception cref="InvalidInputException">The cell can't be computed, or the one whose circuit it takes has no result.</exception>
    public async Task<(CellOutcome Outcome, Provenance Provenance)> RunAsync(
        ILoadedCheckpoint weights, CheckpointInfo checkpoint, PlannedCell cell, int? expectedBudget, CancellationToken cancellation)
    {
        var circuit = cell.Circuit is { } of ? await CircuitAsync(of, cancellation) : null;
        var started = options.Time.GetUtcNow();
        var watch = Stopwatch.StartNew();
        var outcome = await Task.Run(
            () => cell.Heads is { } inputs
                ? new CellOutcome(weights.MeasureHeads(inputs, circuit, cancellation))
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
    public Task SaveAsync(PlannedCell cell, CellOutcome outcome, Provenance provenance) => outcome.Heads is { } heads
        ? store.SaveHeadsAsync(cell.Id, cell.Fingerprint!, heads, provenance, CancellationToken.None)
        : store.SaveAsync(cell.Id, cell.Fingerprint!, outcome.Result!, provenance, CancellationToken.None);

    /// <returns>Edges of a cell's circuit; <see langword="null"/> where the model doesn't do its task.</returns>
    private async Task<BitMask?> CircuitAsync(CircuitCell of, CancellationToken cancellation)
    {
        if (await store.ReadAsync(of.Key, cancellation) is { } result)
        {
            return result.Status == CellStatus.NoTask ? null : result.Edges;
        }

        var failure = await store.ReadFailureAsync(of.Key, cancellation);
        throw new InvalidInputException(of.Id.ToString(), failure is null ? "has no result, and head scores need its circuit" : $"failed, and head scores need its circuit: {failure.Reason}");
    }

    /// <summary>Why a cell failed, in one line for people.</summary>
    public static string ReasonOf(Exception error) => error is InvalidInputException ? error.Message
        : error.Causes().Any(cause => cause is OutOfMemoryException) ? "not enough memory; give the run more, or fewer workers"
        : $"{error.GetType().Name}: {error.Message}";
}
