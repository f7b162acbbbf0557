namespace CircuitGrid.Circuits.Statistics;

/// <summary>A 95 % interval.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Whether a value lies in it, ends included.</summary>
    public bool Contains(double value) => value >= Low && value <= High;

    /// <summary>
    /// The expanded percentile interval (Hesterberg 2015, <i>What teachers should know about the bootstrap</i>, §5.3): the percentiles at
    /// Φ(−√(n/(n−1))·t) and its complement, t being Student's 0.975 quantile with n − 1 degrees of freedom. For a mean it has the width of
    /// Student's interval, which the plain percentiles fall short of where n is small.
    /// </summary>
    /// <param name="replicates">The statistic on every resample; those that are no numbers are left out, infinite ones are not.</param>
    /// <param name="units">n, the number of units that were resampled.</param>
    /// <returns>Not a number at both ends for fewer than two units or replicates.</returns>
    public static Interval OfReplicates(IEnumerable<double> replicates, int units)
    {
        var sorted = replicates.Where(r => !double.IsNaN(r)).Order().ToArray();
        if (units < 2 || sorted.Length < 2)
        {
            return new(double.NaN, double.NaN);
        }

        var tail = Normal.Cumulative(-Math.Sqrt(units / (units - 1.0)) * StudentT.Quantile(0.975, units - 1));
        return new(Percentile(sorted, tail), Percentile(sorted, 1 - tail));
    }

    /// <summary>The value at a share of a sorted series, linear between its members (Hyndman and Fan's type 6, at (n + 1)·share).</summary>
    internal static double Percentile(ReadOnlySpan<double> sorted, double share)
    {
        var at = Math.Clamp(((sorted.Length + 1) * share) - 1, 0, sorted.Length - 1);
        var (low, high) = (sorted[(int)at], sorted[Math.Min((int)at + 1, sorted.Length - 1)]);

        var part = at - (int)at;

        // the ends of a search that found nothing are infinite, and neither ∞ − ∞ nor 0·∞ is a number
        return low == high || part == 0 ? low : low + (part * (high - low));
    }
}
