namespace CircuitGrid.Circuits.Statistics;

/// <summary>Whether the circuits of two cells differ.</summary>
public enum DifferenceVerdict
{
    /// <summary>One of the two has no circuit: there is nothing to compare.</summary>
    NoCircuit,

    /// <summary>Both have one, but too few sampling units to say how they vary.</summary>
    TooFewBlocks,

    /// <summary>They differ by more than other draws of the examples would.</summary>
    Different,

    /// <summary>They differ by less than the margin.</summary>
    Same,

    /// <summary>The examples show neither.</summary>
    Undecided,
}
