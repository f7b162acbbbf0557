using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Heads.Ioi;

/// <summary>
/// How well the prompts fix a share of effects: 95 % intervals (expanded percentiles) from drawing blocks of prompts with replacement. Which heads carry and
/// which count is what all prompts together say.
/// </summary>
/// <param name="Absolute">Of <see cref="EffectShare.Absolute"/>; not a number at both ends where no resample has effects.</param>
/// <param name="Signed">Of <see cref="EffectShare.Signed"/>.</param>
public sealed record EffectShareInterval(Interval Absolute, Interval Signed)
{
    /// <param name="effects">e of every head.</param>
    /// <param name="group">The heads that carry.</param>
    /// <param name="counting">The heads that count at all.</param>
    /// <param name="options">Number of resamples and seed.</param>
    /// <returns><see langword="null"/> without effects, or where they were stored without samples.</returns>
    public static EffectShareInterval? Of(HeadTable? effects, IEnumerable<HeadIndex> group, IEnumerable<HeadIndex> counting, BootstrapOptions? options = null)
    {
        if (effects?.Samples is not { } samples)
        {
            return null;
        }

        options ??= new();
        var members = group.ToHashSet();
        ImmutableArray<HeadIndex> all = [.. counting];
        var shares = new EffectShare[options.Resamples];
        Parallel.For(0, shares.Length, options.Parallel(CancellationToken.None), r =>
        {
            var draws = new Draws(options.Seed, r);
            int[] drawn = [.. Enumerable.Range(0, samples.Units).Select(_ => draws.Next(samples.Units))];
            shares[r] = EffectShare.Of(all, members.Contains, h => samples.Ratio((h.Layer * effects.Heads) + h.Head, drawn));
        });

        return new(
            Interval.OfReplicates(shares.Select(s => s.Absolute ?? double.NaN), samples.Units), Interval.OfReplicates(shares.Select(s => s.Signed ?? double.NaN), samples.Units));
    }
}
