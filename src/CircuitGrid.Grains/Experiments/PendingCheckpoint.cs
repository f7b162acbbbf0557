using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Grains.Experiments;

/// <summary>A checkpoint with cells that wait for a slot.</summary>
/// <param name="checkpoint">The checkpoint.</param>
/// <param name="returns">How often it has come back without a cell done.</param>
internal sealed class PendingCheckpoint(PlannedCheckpoint checkpoint, int returns = 0)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public PlannedCheckpoint Checkpoint => checkpoint;

    /// <summary>Its cells that wait, by task.</summary>
    public Dictionary<string, PlannedCell> Cells { get; } = new(StringComparer.Ordinal);

    /// <summary>Its name, suite/model@step.</summary>
    public string Name => Cells.Values.First().Id.Checkpoint;

    /// <summary>When it may be sent out again.</summary>
    public long NotBefore { get; private set; }

    /// <summary>How often it has come back without a cell done.</summary>
    public int Returns { get; private set; } = returns;

    /// <summary>Bytes its weights take; head scores load them once more.</summary>
    public long Bytes => checkpoint.Info!.WeightBytes * (Cells.Values.Any(c => c.Heads is not null) ? 2 : 1);

    /// <summary>Its cells came back though nothing died: it is sent out again after a pause, longer every time.</summary>
    public void Pause(TimeProvider time)
    {
        var seconds = Math.Min(LongestPause.TotalSeconds, 0.25 * Math.Pow(2, Math.Min(Returns++, 10)));
        NotBefore = time.GetTimestamp() + (long)(seconds * time.TimestampFrequency);
    }
}
