namespace CircuitGrid.Circuits.Statistics;

/// <summary>Whether the circuits of two cells differ.</summary>
public enum DifferenceVerdict
{
    /// <summary>One of the two has no circuit: there is nothing to compare.</summary>
    NoCircuit,

    /// <summary>The examples don't tell them apart.</summary>
    WithinNoise,

    /// <summary>They differ by more than noise; whether they also do different things hasn't been tried.</summary>
    BeyondNoise,

    /// <summary>They differ by more than noise, but each keeps the threshold in the other's place.</summary>
    StructuralOnly,

    /// <summary>They differ by more than noise, and at least one doesn't keep the threshold in the other's place.</summary>
    Real,
}

/// <summary>How faithful each of two circuits is in the other's place: every edge outside it ablated, on the other's model and examples.</summary>
/// <param name="FirstOnSecond">m(C)/m(M) of the first circuit on the second model.</param>
/// <param name="SecondOnFirst">m(C)/m(M) of the second circuit on the first model.</param>
/// <param name="Threshold">The share that counts as kept.</param>
public readonly record struct CrossFaithfulness(double FirstOnSecond, double SecondOnFirst, double Threshold)
{
    /// <summary>Whether each keeps the threshold.</summary>
    public bool BothKeep => FirstOnSecond >= Threshold && SecondOnFirst >= Threshold;
}

/// <summary>The verdict on two circuits, from how they compare with their own noise and how each does in the other's place.</summary>
public static class CircuitDifference
{
    /// <param name="noise">The comparison with noise; <see langword="null"/> without two circuits.</param>
    /// <param name="cross">Faithfulness in the other's place; <see langword="null"/> where it wasn't evaluated.</param>
    public static DifferenceVerdict Judge(NoiseComparison? noise, CrossFaithfulness? cross = null) => (noise, cross) switch
    {
        (null, _) => DifferenceVerdict.NoCircuit,
        ({ IsWithinNoise: true }, _) => DifferenceVerdict.WithinNoise,
        (_, null) => DifferenceVerdict.BeyondNoise,
        (_, { BothKeep: true }) => DifferenceVerdict.StructuralOnly,
        _ => DifferenceVerdict.Real,
    };
}
