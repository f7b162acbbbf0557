namespace CircuitGrid.Circuits.Statistics;

/// <summary>Whether the sizes of two circuits differ.</summary>
public enum SizeVerdict
{
    /// <summary>A size or its interval isn't known.</summary>
    Unknown,

    /// <summary>Their intervals have nothing in common.</summary>
    Different,

    /// <summary>No size of the one's interval is beyond the margin of any of the other's.</summary>
    Same,

    /// <summary>Neither.</summary>
    Undecided,
}
