namespace CircuitGrid.Compute.Reference;

/// <summary>
/// The error function in float64, from its two classical expansions (Abramowitz and Stegun 1964, 7.1.6 and 7.1.14):
/// slow and accurate to about 1e-15.
/// </summary>
public static class ErrorFunction
{
    /// <summary>Where the series (good near 0) hands over to the continued fraction (good far out).</summary>
    private const double Handover = 2.5;

    /// <summary>erf(x).</summary>
    public static double Value(double x) => Math.Abs(x) < Handover ? Series(x) : Math.CopySign(1 - Fraction(Math.Abs(x)), x);

    /// <summary>erfc(x) = 1 − erf(x), without cancellation for large x.</summary>
    public static double Complement(double x) => x switch
    {
        double.NaN => double.NaN,
        >= Handover => Fraction(x),
        <= -Handover => 2 - Fraction(-x),
        _ => 1 - Series(x),
    };

    // erf(x) = 2/√π · e^(−x²) · Σ_n 2ⁿ x^(2n+1) / (1·3·…·(2n+1))
    private static double Series(double x)
    {
        var (term, sum) = (x, x);
        for (var n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    // √π e^(x²) erfc(x) = 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …)))), evaluated from the inside
    private static double Fraction(double x)
    {
        if (double.IsPositiveInfinity(x))
        {
            return 0;
        }

        var tail = x;
        for (var n = 200; n >= 1; n--)
        {
            tail = x + (0.5 * n / tail);
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * tail);
    }
}
