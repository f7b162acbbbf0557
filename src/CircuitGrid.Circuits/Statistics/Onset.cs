using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>When something appears in training.</summary>
/// <param name="First">First checkpoint's tokens at which the value reaches a third (0.33) of the series' maximum; not a number where the maximum isn't positive.</param>
/// <param name="FirstInterval">Its 95 % interval; a checkpoint grid is coarse, so it may be a single checkpoint.</param>
/// <param name="Midpoint">Tokens at which the fitted logistic is at half its height; not a number without at least three positive token counts.</param>
/// <param name="MidpointInterval">Its 95 % interval.</param>
public sealed record Onset(double First, Interval FirstInterval, double Midpoint, Interval MidpointInterval)
{
    /// <summary>The share of the maximum that counts as there, as the circuits-over-time code has it.</summary>
    public const double Share = 0.33;

    /// <summary>The onset of a series of means, with intervals from resampling the units they are means of, the same ones at every checkpoint.</summary>
    /// <param name="tokens">Tokens seen at every checkpoint, ascending, [checkpoints].</param>
    /// <param name="units">What each checkpoint's value is the mean of, e.g. the metric of every example, [checkpoints][units].</param>
    /// <param name="options">Number of resamples and seed.</param>
    /// <exception cref="ArgumentException">There is no checkpoint, or checkpoints have different numbers of units, or none.</exception>
    public static Onset Of(IReadOnlyList<double> tokens, IReadOnlyList<ImmutableArray<double>> units, BootstrapOptions? options = null)
    {
        return tokens.Count == 0 || tokens.Count != units.Count || units[0].IsEmpty || units.Any(u => u.Length != units[0].Length)
            ? throw new ArgumentException($"{tokens.Count} checkpoints need as many series of values, all of the same units.", nameof(units))
            : Of(tokens, [.. units.Select(u => u.Average())], units[0].Length, (t, drawn) => drawn.Average(i => units[t][i]), options);
    }

    /// <summary>The onset of any series, with intervals from resampling the units its values come from, the same draws at every checkpoint.</summary>
    /// <param name="tokens">Tokens seen at every checkpoint, ascending, [checkpoints].</param>
    /// <param name="values">The series, [checkpoints].</param>
    /// <param name="units">Number of units, the same ones at every checkpoint.</param>
    /// <param name="resampled">A checkpoint's value, by its place in the series, from units drawn with replacement, as many as there are.</param>
    /// <param name="options">Number of resamples and seed.</param>
    /// <exception cref="ArgumentException">There is no checkpoint, or there are more or fewer values, or no unit.</exception>
    public static Onset Of(IReadOnlyList<double> tokens, IReadOnlyList<double> values, int units, Func<int, int[], double> resampled, BootstrapOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        if (tokens.Count == 0 || tokens.Count != values.Count)
        {
            throw new ArgumentException($"{tokens.Count} checkpoints need as many values.", nameof(values));
        }

        options ??= new();
        var (first, midpoints) = (new double[options.Resamples], new double[options.Resamples]);
        for (var r = 0; r < options.Resamples; r++)
        {
            var draws = new Draws(options.Seed, r);
            var drawn = Enumerable.Range(0, units).Select(_ => draws.Next(units)).ToArray();
            var series = Enumerable.Range(0, tokens.Count).Select(t => resampled(t, drawn)).ToArray();
            (first[r], midpoints[r]) = (FirstReaching(tokens, series), LogisticFit.Of(tokens, series).Midpoint);
        }

        return new(FirstReaching(tokens, values), Interval.OfReplicates(first, units), LogisticFit.Of(tokens, values).Midpoint, Interval.OfReplicates(midpoints, units));
    }

    /// <summary>The first x whose y is at least <see cref="Share"/> of the largest; not a number where none is positive.</summary>
    public static double FirstReaching(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        var largest = y.Max();
        return largest > 0 ? x[Enumerable.Range(0, y.Count).First(i => y[i] >= Share * largest)] : double.NaN;
    }
}
