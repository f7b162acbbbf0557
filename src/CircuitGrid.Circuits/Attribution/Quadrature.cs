using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>Points on the path from the clean (0) to the corrupted (1) embeddings and their weights, which sum to one.</summary>
/// <param name="Points">Fractions of the way, in the order they are summed.</param>
/// <param name="Weights">Weight of each point.</param>
public sealed record Quadrature(ImmutableArray<double> Points, ImmutableArray<double> Weights)
{
    /// <summary>The points and weights of an attribution method.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is not positive.</exception>
    /// <exception cref="ArgumentException">The method takes no gradients.</exception>
    public static Quadrature For(AttributionOptions options) => options.Method switch
    {
        AttributionMethod.Eap or AttributionMethod.EapQk or AttributionMethod.RelP => new([0], [1]),
        AttributionMethod.CleanCorrupted => new([0, 1], [0.5, 0.5]),
        AttributionMethod.EapIg => Path(options.Points, options.Steps),
        _ => throw new ArgumentException($"{options.Method} takes no gradients.", nameof(options)),
    };

    private static Quadrature Path(IntegrationPoints rule, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        if (rule == IntegrationPoints.GaussLegendre)
        {
            return GaussLegendre(steps);
        }

        var offset = rule switch
        {
            IntegrationPoints.CorruptedEnd => 1.0,
            IntegrationPoints.CleanEnd => 0.0,
            _ => 0.5,
        };
        return new(
            [.. Enumerable.Range(0, steps).Select(k => (k + offset) / steps)],
            [.. Enumerable.Repeat(1.0 / steps, steps)]);
    }

    /// <summary>Nodes are the roots of the Legendre polynomial P_m, found by Newton's method from Chebyshev-like starts, mapped to [0, 1].</summary>
    private static Quadrature GaussLegendre(int m)
    {
        var points = new double[m];
        var weights = new double[m];
        for (var i = 0; i < m; i++)
        {
            var x = Math.Cos(Math.PI * (i + 0.75) / (m + 0.5));
            double derivative;
            double step;
            do
            {
                (var value, derivative) = Legendre(m, x);
                step = value / derivative;
                x -= step;
            }
            while (Math.Abs(step) > 1e-15);

            (_, derivative) = Legendre(m, x);
            points[m - 1 - i] = (1 + x) / 2;
            weights[m - 1 - i] = 1 / ((1 - (x * x)) * derivative * derivative);
        }

        return new([.. points], [.. weights]);
    }

    /// <summary>P_m(x) and P_m′(x) by the three-term recurrence.</summary>
    private static (double Value, double Derivative) Legendre(int m, double x)
    {
        var (previous, value) = (1.0, x);
        for (var n = 2; n <= m; n++)
        {
            (previous, value) = (value, ((((2 * n) - 1) * x * value) - ((n - 1) * previous)) / n);
        }

        return (value, m * ((x * value) - previous) / ((x * x) - 1));
    }
}
