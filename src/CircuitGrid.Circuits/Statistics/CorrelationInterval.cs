using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>A correlation of few points with the 95 % interval that resampling the points gives.</summary>
/// <param name="Value">The correlation; not a number where a side doesn't vary.</param>
/// <param name="Interval">
/// The expanded percentile interval on Fisher's scale artanh r. Below ten points, where resamples repeat too few of them to vary as samples
/// do, no narrower at either end than Fisher's tanh(artanh r ± 1.96/√(n − 3)); −1 to 1 below four points, which can't tell.
/// </param>
public readonly record struct CorrelationInterval(double Value, Interval Interval)
{
    /// <summary>Just inside ±1, where artanh is infinite: resamples of few points often lie on a line.</summary>
    private const double Nearest = 1 - 1e-12;

    /// <summary>From here on resamples are trusted alone.</summary>
    private const int EnoughPoints = 10;

    private delegate double Statistic(ReadOnlySpan<double> x, ReadOnlySpan<double> y);

    /// <summary>Pearson's r.</summary>
    public static CorrelationInterval Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y, BootstrapOptions? options = null) =>
        Of(Correlation.Pearson, x, y, options ?? new());

    /// <summary>Spearman's ρ.</summary>
    public static CorrelationInterval Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y, BootstrapOptions? options = null) =>
        Of(Correlation.Spearman, x, y, options ?? new());

    private static CorrelationInterval Of(Statistic statistic, ReadOnlySpan<double> x, ReadOnlySpan<double> y, BootstrapOptions options)
    {
        var value = statistic(x, y);
        var (a, b) = (new double[x.Length], new double[x.Length]);
        var replicates = new double[options.Resamples];
        for (var r = 0; r < replicates.Length; r++)
        {
            var draws = new Draws(options.Seed, r);
            for (var i = 0; i < a.Length; i++)
            {
                var drawn = draws.Next(a.Length);
                (a[i], b[i]) = (x[drawn], y[drawn]);
            }

            replicates[r] = Math.Atanh(Math.Clamp(statistic(a, b), -Nearest, Nearest));
        }

        var (low, high) = Interval.OfReplicates(replicates, x.Length);
        if (x.Length < EnoughPoints && double.IsFinite(value))
        {
            var center = Math.Atanh(Math.Clamp(value, -Nearest, Nearest));
            var half = x.Length > 3 ? 1.96 / Math.Sqrt(x.Length - 3) : double.PositiveInfinity;
            (low, high) = (Math.Min(low, center - half), Math.Max(high, center + half));
        }

        return new(value, new(Math.Tanh(low), Math.Tanh(high)));
    }
}
