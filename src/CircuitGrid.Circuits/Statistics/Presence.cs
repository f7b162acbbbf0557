namespace CircuitGrid.Circuits.Statistics;

/// <summary>Whether something is there at a checkpoint, as far as the 95 % interval of its measure tells.</summary>
public enum Presence
{
    /// <summary>The whole interval lies below the threshold.</summary>
    Without,

    /// <summary>The interval reaches the threshold from both sides.</summary>
    Undetermined,

    /// <summary>The whole interval lies above the threshold.</summary>
    With,
}
