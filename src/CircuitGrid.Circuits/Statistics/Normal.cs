namespace CircuitGrid.Circuits.Statistics;

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    /// <summary>Where the series gives way to the continued fraction.</summary>
    private const double Far = 3;

    /// <summary>Φ(x): the power series of (Φ − ½)/φ near 0, Laplace's continued fraction of the tail beyond.</summary>
    public static double Cumulative(double x)
    {
        var density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (Math.Abs(x) >= Far)
        {
            var fraction = Math.Abs(x);
            for (var k = 100; k > 0; k--)
            {
                fraction = Math.Abs(x) + (k / fraction);
            }

            return x < 0 ? density / fraction : 1 - (density / fraction);
        }

        var (sum, term) = (x, x);
        for (var k = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); k += 2)
        {
            term *= x * x / k;
            sum += term;
        }

        return 0.5 + (density * sum);
    }
}
