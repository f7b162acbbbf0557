using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>A correlation of few points with its 95 % interval.</summary>
/// <param name="Value">The correlation; not a number below <see cref="FewestPoints"/> points and where a side doesn't vary.</param>
/// <param name="Interval">
/// The expanded percentile interval on Fisher's scale artanh r, from resampling the points. Below ten points, where resamples repeat too few of them to vary as
/// samples do, no narrower at either end than Fisher's limits; not a number at both ends without a value. However well the points agree, it is no surer than
/// <see cref="Surest"/> lets it be, and reaches ±1 there.
/// </param>
public readonly record struct CorrelationInterval(double Value, Interval Interval)
{
    /// <summary>Fewer points have no correlation: of five in no order at all, one in sixty is in perfect rising or falling order.</summary>
    public const int FewestPoints = 6;

    /// <summary>From here on resamples are trusted alone.</summary>
    private const int EnoughPoints = 10;

    /// <summary>Variance of artanh ρ times n − 3, for ranks (Fieller, Hartley and Pearson 1957).</summary>
    private const double RankVariance = 1.06;

    private const double NormalQuantile = 1.959963984540054;

    private delegate double Statistic(ReadOnlySpan<double> x, ReadOnlySpan<double> y);

    /// <summary>Pearson's r.</summary>
    public static CorrelationInterval Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y, BootstrapOptions? options = null) =>
        Of(Correlation.Pearson, x, y, 1, options ?? new());

    /// <summary>Spearman's ρ.</summary>
    public static CorrelationInterval Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y, BootstrapOptions? options = null) =>
        Of(Correlation.Spearman, x, y, RankVariance, options ?? new());

    /// <summary>
    /// What stands for ±1 on Fisher's scale, where 1 itself is infinite: 1 − 6/(n(n² − 1)), half-way between perfect order and that with two neighbours exchanged, which is
    /// the next that ranks of n points can have.
    /// </summary>
    private static double Surest(int points) => 1 - (6 / (points * ((points * (double)points) - 1)));

    private static CorrelationInterval Of(Statistic statistic, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double variance, BootstrapOptions options)
    {
        var value = x.Length < FewestPoints ? double.NaN : statistic(x, y);
        if (double.IsNaN(value))
        {
            return new(double.NaN, new(double.NaN, double.NaN));
        }

        var surest = Surest(x.Length);
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

            replicates[r] = Math.Atanh(Math.Clamp(statistic(a, b), -surest, surest));
        }

        var (low, high) = Interval.OfReplicates(replicates, x.Length);
        var isPerfect = Math.Abs(value) >= surest;
        if (x.Length < EnoughPoints || isPerfect)
        {
            var center = Math.Atanh(Math.Clamp(value, -surest, surest));
            var half = NormalQuantile * Math.Sqrt(variance / (x.Length - 3));
            (low, high) = (Math.Min(low, center - half), Math.Max(high, center + half));
        }

        return new(value, new(isPerfect && value < 0 ? -1 : Math.Tanh(low), isPerfect && value > 0 ? 1 : Math.Tanh(high)));
    }
}
