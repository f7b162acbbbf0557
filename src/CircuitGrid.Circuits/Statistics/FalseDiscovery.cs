namespace CircuitGrid.Circuits.Statistics;

/// <summary>Adjusted p values of many comparisons: rejecting those at or below q keeps the expected share of false rejections at or below q.</summary>
public static class FalseDiscovery
{
    /// <summary>Benjamini and Hochberg (1995): min over j ≥ i of p₍ⱼ₎·n/j, at most 1. For independent or positively dependent comparisons.</summary>
    /// <param name="pValues">p values, in any order.</param>
    /// <returns>Adjusted values in the same order.</returns>
    public static double[] BenjaminiHochberg(ReadOnlySpan<double> pValues) => Adjust(pValues, 1);

    /// <summary>Benjamini and Yekutieli (2001): the same times Σ 1/i for i = 1 … n. For comparisons that depend on each other in any way.</summary>
    /// <param name="pValues">p values, in any order.</param>
    /// <returns>Adjusted values in the same order.</returns>
    public static double[] BenjaminiYekutieli(ReadOnlySpan<double> pValues) => Adjust(pValues, Enumerable.Range(1, pValues.Length).Sum(i => 1.0 / i));

    private static double[] Adjust(ReadOnlySpan<double> pValues, double factor)
    {
        var sorted = pValues.ToArray();
        var order = Enumerable.Range(0, sorted.Length).ToArray();
        Array.Sort(sorted, order);
        var adjusted = new double[sorted.Length];
        var least = 1.0;
        for (var i = sorted.Length - 1; i >= 0; i--)
        {
            least = Math.Min(least, factor * sorted[i] * sorted.Length / (i + 1));
            adjusted[order[i]] = least;
        }

        return adjusted;
    }
}
