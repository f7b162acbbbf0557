using CircuitGrid.Experiments.Grid;
using CircuitGrid.Grains.Checkpoints;

namespace CircuitGrid.Grains.Experiments;

/// <summary>A job that was sent to a silo.</summary>
/// <param name="id">The job.</param>
/// <param name="silo">Where it is.</param>
/// <param name="sent">Its checkpoint.</param>
/// <param name="sentAt">When it was sent.</param>
internal sealed class SentJob(string id, SiloAddress silo, PlannedCheckpoint sent, long sentAt)
{
    public string Id => id;

    public SiloAddress Silo => silo;

    /// <summary>Its checkpoint, under the keys of its weights as soon as these are known.</summary>
    public PlannedCheckpoint Checkpoint { get; private set; } = sent;

    public long SentAt => sentAt;

    /// <summary>Cells of which nothing final is known, by task.</summary>
    public Dictionary<string, PlannedCell> Open { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of them that are being computed.</summary>
    public HashSet<string> Running { get; } = new(StringComparer.Ordinal);

    /// <summary>Reports taken note of so far.</summary>
    public int Reports { get; set; }

    /// <summary>The job as it was sent; <see langword="null"/> for one found at a silo.</summary>
    public CheckpointJob? Job { get; init; }

    /// <summary>The call that starts it, where that has no answer yet.</summary>
    public Task<JobStart>? Starting { get; set; }

    /// <summary>The silo is known to have it.</summary>
    public bool IsStarted { get; set; }

    /// <summary>How often its checkpoint has come back before.</summary>
    public int Returns { get; init; }

    /// <summary>How far its files are fetched.</summary>
    public FetchProgress? Fetch { get; set; }

    /// <summary>Puts it under the keys of its weights.</summary>
    public void Know(KnownWeights weights)
    {
        Checkpoint = Checkpoint.Under(weights);
        foreach (var cell in Checkpoint.Cells.Where(c => Open.ContainsKey(c.Id.Task)))
        {
            Open[cell.Id.Task] = cell;
        }
    }
}
