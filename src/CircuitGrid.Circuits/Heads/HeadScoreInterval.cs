using System.Collections.Concurrent;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Heads;

/// <summary>How well the inputs that a head's score was measured on fix it.</summary>
public static class HeadScoreInterval
{
    /// <summary>Student's quantiles by number of units: heads are many, numbers of units few.</summary>
    private static readonly ConcurrentDictionary<int, double> quantiles = new();

    /// <summary>The 95 % interval of a head's score (expanded percentiles), from drawing the sampling units with replacement.</summary>
    /// <param name="samples">What the scores of the role are ratios of.</param>
    /// <param name="head">By layer and head, 0…L·H − 1.</param>
    /// <param name="shown">What figures make of a score.</param>
    /// <param name="options">Number of resamples and seed.</param>
    /// <returns>Not a number at both ends for a single unit.</returns>
    public static Interval Of(HeadSamples samples, int head, Func<double, double> shown, BootstrapOptions? options = null) =>
        Of(samples.Units, drawn => shown(samples.Ratio(head, drawn)), options);

    /// <summary>The same of anything that follows from sampling units.</summary>
    /// <param name="units">U.</param>
    /// <param name="resampled">The value from units drawn with replacement, as many as there are.</param>
    /// <param name="options">Number of resamples and seed.</param>
    /// <returns>Not a number at both ends for a single unit.</returns>
    public static Interval Of(int units, Func<int[], double> resampled, BootstrapOptions? options = null)
    {
        options ??= new();
        return Interval.OfReplicates(
            Enumerable.Range(0, options.Resamples).Select(r =>
            {
                var draws = new Draws(options.Seed, r);
                return resampled([.. Enumerable.Range(0, units).Select(_ => draws.Next(units))]);
            }),
            units);
    }

    /// <summary>
    /// The 95 % interval of a head's score without a resample: R ± t·s, R = Σy/Σx over the U units, s² = U/(U − 1)·Σ(y − R·x)²/(Σx)², the linearised variance of
    /// a ratio (Cochran 1977, <i>Sampling techniques</i>, §2.11), t being Student's 0.975 quantile with U − 1 degrees of freedom.
    /// </summary>
    /// <param name="samples">What the scores of the role are ratios of.</param>
    /// <param name="head">By layer and head, 0…L·H − 1.</param>
    /// <returns>Not a number at both ends for a single unit; 0 at both where the denominators' sum isn't positive.</returns>
    public static Interval Linear(HeadSamples samples, int head)
    {
        var units = samples.Units;
        var y = samples.Numerators.AsSpan(head * units, units);
        var x = samples.Denominators.Length == units ? samples.Denominators.AsSpan() : samples.Denominators.AsSpan(head * units, units);
        var (above, below) = (0.0, 0.0);
        for (var u = 0; u < units; u++)
        {
            above += y[u];
            below += x[u];
        }

        if (units < 2 || below <= 0)
        {
            return units < 2 ? new(double.NaN, double.NaN) : new(0, 0);
        }

        var (ratio, squares) = (above / below, 0.0);
        for (var u = 0; u < units; u++)
        {
            var rest = y[u] - (ratio * x[u]);
            squares += rest * rest;
        }

        var half = quantiles.GetOrAdd(units, n => StudentT.Quantile(0.975, n - 1)) * Math.Sqrt(squares * units / (units - 1)) / below;
        return new(ratio - half, ratio + half);
    }
}
