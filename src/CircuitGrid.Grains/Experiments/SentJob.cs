using CircuitGrid.Experiments.Grid;
using CircuitGrid.Grains.Checkpoints;

namespace CircuitGrid.Grains.Experiments;

/// <summary>A job that was sent to a silo.</summary>
/// <param name="id">The job.</param>
/// <param name="silo">Where it is.</param>
/// <param name="checkpoint">Its checkpoint.</param>
/// <param name="sentAt">When it was sent.</param>
internal sealed class SentJob(string id, SiloAddress silo, PlannedCheckpoint checkpoint, long sentAt)
{
    public string Id => id;

    public SiloAddress Silo => silo;

    public PlannedCheckpoint Checkpoint => checkpoint;

    public long SentAt => sentAt;

    /// <summary>Cells of which nothing final is known, by task.</summary>
    public Dictionary<string, PlannedCell> Open { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of them that are being computed.</summary>
    public HashSet<string> Running { get; } = new(StringComparer.Ordinal);

    /// <summary>Reports taken note of so far.</summary>
    public int Reports { get; set; }

    /// <summary>The job as it was sent; <see langword="null"/> for one found at a silo.</summary>
    public CheckpointJob? Job { get; init; }

    /// <summary>The silo is known to have it.</summary>
    public bool IsStarted { get; set; }
}
