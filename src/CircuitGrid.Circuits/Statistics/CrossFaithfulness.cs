namespace CircuitGrid.Circuits.Statistics;

/// <summary>How faithful each of two circuits is in the other's place: every edge outside it ablated, on the other's model and examples.</summary>
/// <param name="FirstOnSecond">m(C)/m(M) of the first circuit on the second model.</param>
/// <param name="SecondOnFirst">m(C)/m(M) of the second circuit on the first model.</param>
/// <param name="Threshold">The share that each circuit keeps in its own place.</param>
public readonly record struct CrossFaithfulness(double FirstOnSecond, double SecondOnFirst, double Threshold);
