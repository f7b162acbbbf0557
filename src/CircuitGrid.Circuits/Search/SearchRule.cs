namespace CircuitGrid.Circuits.Search;

/// <summary>How the size of a circuit is found.</summary>
public enum SearchRule
{
    /// <summary>The smallest size of <see cref="SizeGrid"/> that keeps the threshold, all of them evaluated.</summary>
    Grid,

    /// <summary>A bisection, as in the paper: one crossing of the threshold, whichever it meets.</summary>
    Bisection,
}
