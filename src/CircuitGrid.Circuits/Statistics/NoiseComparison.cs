namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// How two cells' circuits agree, next to how each agrees with itself. All similarities are between circuits of disjoint halves of the
/// examples, so that all carry the same noise, and without a difference J_ab would be expected at the ceiling √(J_aa·J_bb).
/// </summary>
/// <param name="Across">J_ab: mean Jaccard similarity of a circuit of one cell's half and one of the other cell's other half.</param>
/// <param name="WithinFirst">J_aa.</param>
/// <param name="WithinSecond">J_bb.</param>
/// <param name="Difference">J_ab − √(J_aa·J_bb).</param>
/// <param name="DifferenceInterval">Its paired bootstrap interval, 95 %.</param>
/// <param name="PValue">Of no difference: twice the lower tail of Student's t, at most 1; below 0.05 exactly where the interval lies below 0.</param>
public sealed record NoiseComparison(double Across, double WithinFirst, double WithinSecond, double Difference, Interval DifferenceInterval, double PValue)
{
    /// <summary>Errors and differences below this are rounding: all splits gave the same circuits.</summary>
    private const double Rounding = 1e-12;

    /// <summary>√(J_aa·J_bb): the similarity that noise alone leaves.</summary>
    public double Ceiling => Math.Sqrt(WithinFirst * WithinSecond);

    /// <summary>J_ab/√(J_aa·J_bb): the similarity with the noise taken out; not a number for a ceiling of 0.</summary>
    public double OfCeiling => Across / Ceiling;

    /// <summary>Whether the interval reaches 0: the examples don't tell the two circuits apart.</summary>
    public bool IsWithinNoise => !(DifferenceInterval.High < -Rounding);

    /// <summary>
    /// Compares two cells. The standard error comes from resamples of the blocks, the same ones for both cells.
    /// </summary>
    /// <exception cref="ArgumentException">The cells' resamples aren't the same, or their graphs differ.</exception>
    public static NoiseComparison Of(SplitHalves first, SplitHalves second)
    {
        if (first.Splits.Length != second.Splits.Length || first.Resampled.Length != second.Resampled.Length || first.Seed != second.Seed)
        {
            throw new ArgumentException("The two cells were split and resampled with different options.", nameof(second));
        }

        var (across, withinFirst, withinSecond) = Means(first.Splits, second.Splits);
        var difference = across - Math.Sqrt(withinFirst * withinSecond);
        var error = Math.Sqrt(SplitVariance(first, second) + ResampleVariance(first, second));
        var degrees = Math.Min(first.Blocks, second.Blocks) - 1;
        var half = StudentT.Quantile(0.975, degrees) * error;
        var p = error > Rounding ? Math.Min(1, 2 * StudentT.Cumulative(difference / error, degrees)) : difference < -Rounding ? 0 : 1;
        return new(across, withinFirst, withinSecond, difference, new(difference - half, difference + half), p);
    }

    /// <summary>Variance of the estimate's mean over splits.</summary>
    private static double SplitVariance(SplitHalves first, SplitHalves second)
    {
        var each = Enumerable.Range(0, first.Splits.Length).Select(i => DifferenceOf(first.Splits.AsSpan(i, 1), second.Splits.AsSpan(i, 1))).ToArray();
        return Variance(each) / each.Length;
    }

    /// <summary>
    /// Variance due to the examples: that between resamples' means over splits, less what is left of the splits' own, times m/(n − m) for
    /// resamples of m of n blocks.
    /// </summary>
    private static double ResampleVariance(SplitHalves first, SplitHalves second)
    {
        const int splits = SplitHalves.SplitsPerResample;
        var resamples = first.Resampled.Length / splits;
        var means = new double[resamples];
        var within = 0.0;
        for (var r = 0; r < resamples; r++)
        {
            var each = Enumerable.Range(splits * r, splits).Select(i => DifferenceOf(first.Resampled.AsSpan(i, 1), second.Resampled.AsSpan(i, 1))).ToArray();
            means[r] = each.Average();
            within += Variance(each) / resamples;
        }

        var (n, m) = ((double)Math.Min(first.Blocks, second.Blocks), SplitHalves.ResampledBlocks(Math.Min(first.Blocks, second.Blocks)));
        return Math.Max(0, Variance(means) - (within / splits)) * m / (n - m);
    }

    private static double DifferenceOf(ReadOnlySpan<SplitHalves.CircuitPair> first, ReadOnlySpan<SplitHalves.CircuitPair> second)
    {
        var (across, withinFirst, withinSecond) = Means(first, second);
        return across - Math.Sqrt(withinFirst * withinSecond);
    }

    private static (double Across, double WithinFirst, double WithinSecond) Means(
        ReadOnlySpan<SplitHalves.CircuitPair> first, ReadOnlySpan<SplitHalves.CircuitPair> second)
    {
        double across = 0, withinFirst = 0, withinSecond = 0;
        for (var i = 0; i < first.Length; i++)
        {
            across += first[i].Across(second[i]);
            withinFirst += first[i].Within;
            withinSecond += second[i].Within;
        }

        return (across / first.Length, withinFirst / first.Length, withinSecond / first.Length);
    }

    private static double Variance(double[] values)
    {
        var mean = values.Average();
        return values.Length < 2 ? 0 : values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
    }
}
