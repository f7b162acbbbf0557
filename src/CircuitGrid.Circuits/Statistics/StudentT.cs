namespace CircuitGrid.Circuits.Statistics;

/// <summary>Student's t distribution with ν degrees of freedom.</summary>
internal static class StudentT
{
    /// <summary>P(T ≤ t), by the regularised incomplete beta function: 1 − ½·I_x(ν/2, ½) at x = ν/(ν + t²) for t ≥ 0.</summary>
    public static double Cumulative(double t, double degrees)
    {
        var tail = IncompleteBeta(degrees / (degrees + (t * t)), degrees / 2, 0.5) / 2;
        return t < 0 ? tail : 1 - tail;
    }

    /// <summary>The t with P(T ≤ t) = <paramref name="probability"/>, in (0, 1).</summary>
    public static double Quantile(double probability, double degrees)
    {
        var (low, high) = (-1.0, 1.0);
        while (Cumulative(low, degrees) > probability)
        {
            low *= 2;
        }

        while (Cumulative(high, degrees) < probability)
        {
            high *= 2;
        }

        for (var i = 0; i < 80 && low < high; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Cumulative(middle, degrees) < probability ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    /// <summary>I_x(a, b) by its continued fraction (Abramowitz and Stegun, 26.5.8), on whichever side of (a+1)/(a+b+2) it converges.</summary>
    private static double IncompleteBeta(double x, double a, double b)
    {
        if (x is <= 0 or >= 1)
        {
            return x <= 0 ? 0 : 1;
        }

        if (x > (a + 1) / (a + b + 2))
        {
            return 1 - IncompleteBeta(1 - x, b, a);
        }

        var fraction = 1.0;
        for (var m = 200; m >= 1; m--)
        {
            var even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            var odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            fraction = 1 + (even / (1 + (odd / fraction)));
        }

        fraction = 1 - ((a + b) * x / (a + 1) / fraction);
        return Math.Exp((a * Math.Log(x)) + (b * Math.Log(1 - x)) - LogBeta(a, b)) / (a * fraction);
    }

    private static double LogBeta(double a, double b) => LogGamma(a) + LogGamma(b) - LogGamma(a + b);

    /// <summary>ln Γ by Stirling's series after shifting the argument past 10.</summary>
    private static double LogGamma(double x)
    {
        var shift = 0.0;
        for (; x < 10; x++)
        {
            shift += Math.Log(x);
        }

        var inverse = 1 / (x * x);
        var series = (1 / 12.0) - (inverse * ((1 / 360.0) - (inverse * ((1 / 1260.0) - (inverse * ((1 / 1680.0) - (inverse / 1188)))))));
        return ((x - 0.5) * Math.Log(x)) - x + (Math.Log(2 * Math.PI) / 2) + (series / x) - shift;
    }
}
