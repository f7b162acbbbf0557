namespace CircuitGrid.Circuits.Statistics;

/// <summary>How a <see cref="LogisticFit"/> ended; all but <see cref="Converged"/> are no estimate.</summary>
public enum FitOutcome
{
    /// <summary>The sum of squares has its smallest value inside the range searched.</summary>
    Converged,

    /// <summary>There are fewer than three points at positive x.</summary>
    TooFewPoints,

    /// <summary>No curve with a positive height is nearer to the points than none at all.</summary>
    NoRise,

    /// <summary>The search didn't come to an end.</summary>
    NotConverged,

    /// <summary>The nearest curve has its middle at the first point or before: the series has risen by then.</summary>
    MiddleAtStart,

    /// <summary>The nearest curve has its middle at the last point or later: the series still rises there.</summary>
    MiddleAtEnd,

    /// <summary>The nearest curve is as flat as any searched, or flatter.</summary>
    TooFlat,

    /// <summary>The nearest curve is as steep as any searched, or steeper: it rises between two points, and anywhere there.</summary>
    TooSteep,
}
