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

/// <summary>How faithful each of two circuits is in the other's place: every edge outside it ablated, on the other's model and examples.</summary>
/// <param name="FirstOnSecond">m(C)/m(M) of the first circuit on the second model.</param>
/// <param name="SecondOnFirst">m(C)/m(M) of the second circuit on the first model.</param>
/// <param name="Threshold">The share that each circuit keeps in its own place.</param>
public readonly record struct CrossFaithfulness(double FirstOnSecond, double SecondOnFirst, double Threshold);

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
