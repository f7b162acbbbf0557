using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Heads;

/// <summary>How well the inputs that a head's score was measured on fix it.</summary>
public static class HeadScoreInterval
{
    /// <summary>The 95 % interval of a head's score (expanded percentiles), from drawing the sampling units with replacement.</summary>
    /// <param name="samples">What the scores of the role are ratios of.</param>
    /// <param name="head">By layer and head, 0…L·H − 1.</param>
    /// <param name="shown">What figures make of a score.</param>
    /// <param name="options">Number of resamples and seed.</param>
    /// <returns>Not a number at both ends for a single unit.</returns>
    public static Interval Of(HeadSamples samples, int head, Func<double, double> shown, BootstrapOptions? options = null)
    {
        options ??= new();
        return Interval.OfReplicates(
            Enumerable.Range(0, options.Resamples).Select(r =>
            {
                var draws = new Draws(options.Seed, r);
                return shown(samples.Ratio(head, [.. Enumerable.Range(0, samples.Units).Select(_ => draws.Next(samples.Units))]));
            }),
            samples.Units);
    }
}
