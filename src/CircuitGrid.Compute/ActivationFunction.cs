namespace CircuitGrid.Compute;

/// <summary>A nonlinearity with the numbers that it needs beside its kind.</summary>
/// <param name="Kind">Which one.</param>
/// <param name="PositiveSlope">α_p of <see cref="XIelu"/>.</param>
/// <param name="NegativeSlope">α_n of <see cref="XIelu"/>.</param>
/// <param name="Beta">β of <see cref="XIelu"/>.</param>
/// <param name="Epsilon">ε of <see cref="XIelu"/>.</param>
public readonly record struct ActivationFunction(Activation Kind, double PositiveSlope = 0, double NegativeSlope = 0, double Beta = 0, double Epsilon = 0)
{
    /// <summary>Every kind but xIELU is whole by itself.</summary>
    public static implicit operator ActivationFunction(Activation kind) => new(kind);

    /// <summary>
    /// xIELU (Huang and Schlag 2024): α_p·x² + β·x for x &gt; 0, and α_n·(e^min(x, ε) − 1 − x) + β·x otherwise, with ε just below zero.
    /// </summary>
    public static ActivationFunction XIelu(double positiveSlope, double negativeSlope, double beta, double epsilon) =>
        new(Activation.XIelu, positiveSlope, negativeSlope, beta, epsilon);
}
