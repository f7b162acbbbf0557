namespace CircuitGrid.Circuits.Statistics;

/// <summary>The verdict on two circuits, from how they compare with their own noise (docs/method.md, two circuits).</summary>
public static class CircuitDifference
{
    /// <summary>Level of the one-sided tests.</summary>
    public const double Level = 0.025;

    /// <summary>Circuits that share less by no more than this, in Jaccard similarity, count as the same.</summary>
    public const double Margin = 0.1;

    /// <summary>The noise ceiling from which on circuits can count as the same: those that share little with themselves fall short of that by little, whatever they are.</summary>
    public const double LeastCeiling = 0.5;

    /// <param name="haveCircuits">Whether both cells have a circuit.</param>
    /// <param name="noise">The comparison with noise; <see langword="null"/> where there are too few sampling units for one.</param>
    public static DifferenceVerdict Judge(bool haveCircuits, NoiseComparison? noise) => (haveCircuits, noise) switch
    {
        (false, _) => DifferenceVerdict.NoCircuit,
        (_, null) => DifferenceVerdict.TooFewBlocks,
        (_, { PValue: <= Level }) => DifferenceVerdict.Different,
        (_, { DifferenceInterval.Low: > -Margin, Ceiling: >= LeastCeiling }) => DifferenceVerdict.Same,
        _ => DifferenceVerdict.Undecided,
    };
}
