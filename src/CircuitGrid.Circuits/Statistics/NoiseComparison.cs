using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// How two cells' circuits agree, next to how each agrees with itself, all of them of the same sizes. All similarities are between circuits of disjoint halves of the
/// sampling units, so that all carry the same noise, and without a difference J_ab would be expected at the ceiling √(J_aa·J_bb).
/// </summary>
/// <param name="Budgets">The common sizes: the budgets of both circuits, ascending; every other number is a mean over them.</param>
/// <param name="Across">J_ab: mean Jaccard similarity of a circuit of one cell's half and one of the other cell's other half.</param>
/// <param name="WithinFirst">J_aa.</param>
/// <param name="WithinSecond">J_bb.</param>
/// <param name="Difference">J_ab − √(J_aa·J_bb).</param>
/// <param name="DifferenceInterval">Its 95 % interval.</param>
/// <param name="PValue">
/// Of no difference, one-sided: the lower tail of Student's t, and where that is at most 2.5 % the larger of it and <see cref="ExchangeTest"/>'s.
/// </param>
/// <param name="SmallestShown">
/// The shortfall of J_ab that would have been shown in 80 % of the cases, (t₀.₉₇₅ + t₀.₈) standard errors and no less than one edge makes; not a number where there are too few units to
/// show any, or where the exchange test doesn't show what the interval would.
/// </param>
public sealed record NoiseComparison(
    ImmutableArray<int> Budgets,
    double Across,
    double WithinFirst,
    double WithinSecond,
    double Difference,
    Interval DifferenceInterval,
    double PValue,
    double SmallestShown)
{
    /// <summary>Errors and differences below this are rounding: all splits gave the same circuits.</summary>
    private const double Rounding = 1e-12;

    /// <summary>The exchange test's p; not a number where the interval reaches 0, so that it wasn't asked for.</summary>
    public double ExchangePValue { get; init; } = double.NaN;

    /// <summary>√(J_aa·J_bb), the similarity that noise alone leaves.</summary>
    public double Ceiling { get; init; } = Across - Difference;

    /// <summary>J_ab/√(J_aa·J_bb): the similarity with the noise taken out; not a number for a ceiling of 0.</summary>
    public double OfCeiling => Across / Ceiling;

    /// <summary>Compares two cells. The standard error comes from resamples of the units, the same ones for both cells where they have the same.</summary>
    /// <param name="first">Halves of the first cell at every common size, ascending, at least one.</param>
    /// <param name="second">Those of the second, at the same sizes.</param>
    /// <param name="exchange">Gives <see cref="ExchangeTest"/>'s p, asked for where the interval doesn't reach 0.</param>
    /// <param name="leastPValue">The least p that test can give with so many units.</param>
    /// <exception cref="ArgumentException">The cells' resamples or sizes aren't the same, or their graphs differ.</exception>
    public static NoiseComparison Of(IReadOnlyList<SplitHalves> first, IReadOnlyList<SplitHalves> second, Func<double> exchange, double leastPValue)
    {
        foreach (var (a, b) in first.Zip(second))
        {
            if (a.Splits.Length != b.Splits.Length || a.Resampled.Length != b.Resampled.Length || a.Seed != b.Seed || a.Budget != b.Budget)
            {
                throw new ArgumentException("The two cells were split and resampled with different options.", nameof(second));
            }
        }

        if (first.Count != second.Count || first.Count == 0)
        {
            throw new ArgumentException($"{first.Count} sizes of one cell and {second.Count} of the other aren't common sizes.", nameof(second));
        }

        var at = first.Zip(second, (a, b) => Means(a.Splits, b.Splits)).ToArray();
        var (across, difference) = (at.Average(m => m.Across), at.Average(m => m.Difference));
        var error = Math.Sqrt(SplitVariance(first, second) + ResampleVariance(first, second));
        var units = Math.Min(first[0].Units, second[0].Units);
        var quantile = StudentT.Quantile(0.975, units - 1);
        var p = error > Rounding ? StudentT.Cumulative(difference / error, units - 1) : difference < -Rounding ? 0 : 1;
        var exchanged = p <= CircuitDifference.Level ? exchange() : double.NaN;

        // circuits of n edges that differ in one share n − 1 of n + 1
        var oneEdge = first.Average(h => 2.0 / (h.Budget + 1));
        var canShow = leastPValue <= CircuitDifference.Level && !(exchanged > CircuitDifference.Level);

        return new(
            [.. first.Select(h => h.Budget)],
            across,
            at.Average(m => m.WithinFirst),
            at.Average(m => m.WithinSecond),
            difference,
            new(difference - (quantile * error), difference + (quantile * error)),
            double.IsNaN(exchanged) ? p : Math.Max(p, exchanged),
            canShow ? Math.Max(oneEdge, (quantile + StudentT.Quantile(0.8, units - 1)) * error) : double.NaN)
        {
            ExchangePValue = exchanged,
        };
    }

    /// <summary>Variance of the estimate's mean over splits.</summary>
    private static double SplitVariance(IReadOnlyList<SplitHalves> first, IReadOnlyList<SplitHalves> second)
    {
        var each = Enumerable.Range(0, first[0].Splits.Length).Select(i => first.Zip(second, (a, b) => Means(a.Splits.AsSpan(i, 1), b.Splits.AsSpan(i, 1)).Difference).Average()).ToArray();
        return Variance(each) / each.Length;
    }

    /// <summary>
    /// Variance due to the examples: that between resamples' means over splits, less what is left of the splits' own, times m/(n − m) for
    /// resamples of m of n units.
    /// </summary>
    private static double ResampleVariance(IReadOnlyList<SplitHalves> first, IReadOnlyList<SplitHalves> second)
    {
        const int splits = SplitHalves.SplitsPerResample;
        var resamples = first[0].Resampled.Length / splits;
        var means = new double[resamples];
        var within = 0.0;
        for (var r = 0; r < resamples; r++)
        {
            var each = Enumerable.Range(splits * r, splits)
                .Select(i => first.Zip(second, (a, b) => Means(a.Resampled.AsSpan(i, 1), b.Resampled.AsSpan(i, 1)).Difference).Average()).ToArray();
            means[r] = each.Average();
            within += Variance(each) / resamples;
        }

        var units = Math.Min(first[0].Units, second[0].Units);
        var (n, m) = ((double)units, SplitHalves.ResampledUnits(units));
        return Math.Max(0, Variance(means) - (within / splits)) * m / (n - m);
    }

    private static Similarities Means(ReadOnlySpan<SplitHalves.CircuitPair> first, ReadOnlySpan<SplitHalves.CircuitPair> second)
    {
        double across = 0, withinFirst = 0, withinSecond = 0;
        for (var i = 0; i < first.Length; i++)
        {
            across += first[i].Across(second[i]);
            withinFirst += first[i].Within;
            withinSecond += second[i].Within;
        }

        return new(across / first.Length, withinFirst / first.Length, withinSecond / first.Length);
    }

    private static double Variance(double[] values)
    {
        var mean = values.Average();
        return values.Length < 2 ? 0 : values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
    }

    private readonly record struct Similarities(double Across, double WithinFirst, double WithinSecond)
    {
        public double Difference => Across - Math.Sqrt(WithinFirst * WithinSecond);
    }
}
