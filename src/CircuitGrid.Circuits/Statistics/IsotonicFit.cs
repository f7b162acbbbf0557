namespace CircuitGrid.Circuits.Statistics;

/// <summary>Isotonic regression: the non-decreasing series nearest to another in the sum of squares.</summary>
public static class IsotonicFit
{
    /// <summary>Pool adjacent violators: neighbours in the wrong order are replaced by their mean until none are left.</summary>
    /// <param name="values">The series, in the order it should not decrease in.</param>
    /// <returns>The fit, as long as the series.</returns>
    public static double[] NonDecreasing(ReadOnlySpan<double> values)
    {
        var pools = new (double Sum, int Count)[values.Length];
        var last = -1;
        foreach (var value in values)
        {
            pools[++last] = (value, 1);
            while (last > 0 && pools[last - 1].Sum * pools[last].Count >= pools[last].Sum * pools[last - 1].Count)
            {
                pools[last - 1] = (pools[last - 1].Sum + pools[last].Sum, pools[last - 1].Count + pools[last].Count);
                last--;
            }
        }

        var fit = new double[values.Length];
        var at = 0;
        foreach (var (sum, count) in pools.AsSpan(0, last + 1))
        {
            fit.AsSpan(at, count).Fill(sum / count);
            at += count;
        }

        return fit;
    }
}
