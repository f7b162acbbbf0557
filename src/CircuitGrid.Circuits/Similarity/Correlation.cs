namespace CircuitGrid.Circuits.Similarity;

/// <summary>
/// Correlation of two series. The pairs are sorted before anything is summed, so the result depends on which pairs there are
/// and not, even in its last bit, on the order in which they are given.
/// </summary>
public static class Correlation
{
    /// <summary>Pearson's r; NaN for fewer than two pairs and where either side doesn't vary.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var pairs = Sorted(x, y);
        if (pairs.Length < 2)
        {
            return double.NaN;
        }

        double sumX = 0, sumY = 0;
        foreach (var (a, b) in pairs)
        {
            sumX += a;
            sumY += b;
        }

        var meanX = sumX / pairs.Length;
        var meanY = sumY / pairs.Length;
        double xx = 0, yy = 0, xy = 0;
        foreach (var (a, b) in pairs)
        {
            xx += (a - meanX) * (a - meanX);
            yy += (b - meanY) * (b - meanY);
            xy += (a - meanX) * (b - meanY);
        }

        return xx == 0 || yy == 0 ? double.NaN : Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
    }

    /// <summary>Spearman's ρ: Pearson's r of the ranks, equal values sharing their mean rank. NaN as <see cref="Pearson"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Pearson(Ranks(x), Ranks(y));

    /// <summary>One-based ranks, ascending; equal values share the mean of their ranks.</summary>
    public static double[] Ranks(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        var order = new int[sorted.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start])
            {
                end++;
            }

            for (var i = start; i < end; i++)
            {
                ranks[order[i]] = (start + 1 + end) / 2.0;
            }

            start = end;
        }

        return ranks;
    }

    private static (double X, double Y)[] Sorted(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
        {
            throw new ArgumentException($"{x.Length} values can't be paired with {y.Length}.", nameof(y));
        }

        var pairs = new (double X, double Y)[x.Length];
        for (var i = 0; i < pairs.Length; i++)
        {
            pairs[i] = (x[i], y[i]);
        }

        Array.Sort(pairs);
        return pairs;
    }
}
