namespace CircuitGrid.Experiments.Cells;

/// <summary>A mean over examples with its 95 % confidence interval.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">Lower end; −∞ for a single example.</param>
/// <param name="High">Upper end; ∞ for a single example.</param>
public readonly record struct MeanInterval(double Mean, double Low, double High)
{
    private const double NormalQuantile = 1.959963984540054;

    /// <summary>t quantiles at 0.975 for 1…10 degrees of freedom, where the expansion isn't accurate.</summary>
    private static readonly double[] SmallQuantiles = [12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139];

    /// <summary>Student's interval, mean ± t·s/√n, summed in the order of the values.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static MeanInterval Of(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            throw new ArgumentException("A mean needs at least one value.", nameof(values));
        }

        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        var mean = sum / values.Length;
        if (values.Length == 1)
        {
            return new(mean, double.NegativeInfinity, double.PositiveInfinity);
        }

        var squares = 0.0;
        foreach (var value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        var half = Quantile(values.Length - 1) * Math.Sqrt(squares / (values.Length - 1) / values.Length);
        return new(mean, mean - half, mean + half);
    }

    /// <summary>
    /// The interval of a mean over units of examples, those of a unit saying the same thing: mean ± t·s with s² = U/(U − 1)·Σ_u (S_u − n_u·mean)²/N², S_u being the sum
    /// over the n_u examples of unit u and t of U − 1 degrees of freedom. It is <see cref="Of(ReadOnlySpan{double})"/> where every example is a unit.
    /// </summary>
    /// <param name="values">A value for every example, [N], at least one.</param>
    /// <param name="units">The unit of every example, numbered from 0, [N].</param>
    /// <exception cref="ArgumentException">There are no values, or not as many units.</exception>
    public static MeanInterval Of(ReadOnlySpan<double> values, ReadOnlySpan<int> units)
    {
        if (units.Length != values.Length)
        {
            throw new ArgumentException($"{values.Length} values of {units.Length} examples.", nameof(units));
        }

        var plain = Of(values);
        var sums = new Dictionary<int, double>();
        for (var i = 0; i < values.Length; i++)
        {
            sums[units[i]] = sums.GetValueOrDefault(units[i]) + (values[i] - plain.Mean);
        }

        if (sums.Count == values.Length)
        {
            return plain;
        }

        if (sums.Count == 1)
        {
            return new(plain.Mean, double.NegativeInfinity, double.PositiveInfinity);
        }

        var squares = 0.0;
        foreach (var (_, sum) in sums.OrderBy(s => s.Key))
        {
            squares += sum * sum;
        }

        var half = Quantile(sums.Count - 1) * Math.Sqrt(squares * sums.Count / (sums.Count - 1)) / values.Length;
        return new(plain.Mean, plain.Mean - half, plain.Mean + half);
    }

    /// <summary>
    /// The 0.975 quantile of Student's t: the expansion in 1/ν (Abramowitz and Stegun, 26.7.5). Plain arithmetic, so that it is the
    /// same to the last bit on every machine, which a C library's powers are not.
    /// </summary>
    internal static double Quantile(int degrees)
    {
        if (degrees <= SmallQuantiles.Length)
        {
            return SmallQuantiles[degrees - 1];
        }

        const double z = NormalQuantile;
        const double z2 = z * z;
        const double g1 = z * (z2 + 1) / 4;
        const double g2 = z * ((((5 * z2) + 16) * z2) + 3) / 96;
        const double g3 = z * ((((((3 * z2) + 19) * z2) + 17) * z2) - 15) / 384;
        const double g4 = z * ((((((((79 * z2) + 776) * z2) + 1482) * z2) - 1920) * z2) - 945) / 92160;
        var n = (double)degrees;
        return z + ((g1 + ((g2 + ((g3 + (g4 / n)) / n)) / n)) / n);
    }
}
