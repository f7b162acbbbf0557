using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>How a series rises along training: numbers that stand beside an <see cref="Onset"/>, because they depend on where the series ends.</summary>
/// <param name="ShareReached">x of the first checkpoint at <see cref="Share"/> of the series' maximum; not a number where that isn't positive.</param>
/// <param name="Fit">The logistic nearest to the series.</param>
/// <param name="MidpointInterval">
/// 95 % interval of its midpoint, from resampling the units the values come from; <see langword="null"/> where there is nothing to resample, the series has no midpoint,
/// or more than 5 % of the resamples have none.
/// </param>
public sealed record Rise(double ShareReached, LogisticFit Fit, Interval? MidpointInterval)
{
    /// <summary>The share of the maximum that counts as there in the circuits-over-time code.</summary>
    public const double Share = 0.33;

    /// <summary>Largest part of the resamples that may have no midpoint.</summary>
    private const double MostWithout = 0.05;

    /// <summary>The rise of a series of means, resampling the units they are means of, the same ones at every checkpoint.</summary>
    /// <param name="tokens">Tokens seen at every checkpoint, ascending, [checkpoints].</param>
    /// <param name="units">What each checkpoint's value is the mean of, e.g. the metric of every example, [checkpoints][units].</param>
    /// <param name="options">Number of resamples and seed.</param>
    /// <exception cref="ArgumentException">There is no checkpoint, there are more or fewer series of values, or one without a value.</exception>
    public static Rise Of(IReadOnlyList<double> tokens, IReadOnlyList<ImmutableArray<double>> units, BootstrapOptions? options = null)
    {
        if (tokens.Count == 0 || tokens.Count != units.Count || units.Any(u => u.IsEmpty))
        {
            throw new ArgumentException($"{tokens.Count} checkpoints need as many series of values.", nameof(units));
        }

        // a checkpoint with other units can't be resampled along with the rest
        var same = units.All(u => u.Length == units[0].Length) ? units[0].Length : 0;
        return Of(tokens, [.. units.Select(u => u.Average())], same, (t, drawn) => drawn.Average(i => units[t][i]), options);
    }

    /// <summary>The rise of any series, resampling the units its values come from, the same draws at every checkpoint.</summary>
    /// <param name="tokens">Tokens seen at every checkpoint, ascending, [checkpoints].</param>
    /// <param name="values">The series, [checkpoints].</param>
    /// <param name="units">Number of units, the same ones at every checkpoint; 0 where there is nothing to resample.</param>
    /// <param name="resampled">A checkpoint's value, by its place in the series, from units drawn with replacement, as many as there are.</param>
    /// <param name="options">Number of resamples and seed.</param>
    /// <exception cref="ArgumentException">There is no checkpoint, or there are more or fewer values.</exception>
    public static Rise Of(IReadOnlyList<double> tokens, IReadOnlyList<double> values, int units, Func<int, int[], double> resampled, BootstrapOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(units);
        if (tokens.Count == 0 || tokens.Count != values.Count)
        {
            throw new ArgumentException($"{tokens.Count} checkpoints need as many values.", nameof(values));
        }

        var fit = LogisticFit.Of(tokens, values);
        return new(FirstReaching(tokens, values), fit, units < 2 || fit.Outcome != FitOutcome.Converged ? null : Around(tokens, units, resampled, options ?? new()));
    }

    /// <summary>The first x whose y is at least <see cref="Share"/> of the largest; not a number where none is positive.</summary>
    public static double FirstReaching(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        var largest = y.Max();
        return largest > 0 ? x[Enumerable.Range(0, y.Count).First(i => y[i] >= Share * largest)] : double.NaN;
    }

    private static Interval? Around(IReadOnlyList<double> tokens, int units, Func<int, int[], double> resampled, BootstrapOptions options)
    {
        var midpoints = new double[options.Resamples];
        for (var r = 0; r < midpoints.Length; r++)
        {
            var draws = new Draws(options.Seed, r);
            var drawn = Enumerable.Range(0, units).Select(_ => draws.Next(units)).ToArray();
            midpoints[r] = LogisticFit.Of(tokens, [.. Enumerable.Range(0, tokens.Count).Select(t => resampled(t, drawn))]).Midpoint;
        }

        var interval = Interval.OfReplicates(midpoints, units);
        return midpoints.Count(double.IsNaN) > MostWithout * midpoints.Length || double.IsNaN(interval.Low) ? null : interval;
    }
}
