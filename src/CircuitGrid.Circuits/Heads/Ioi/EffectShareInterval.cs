using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Heads.Ioi;

/// <summary>
/// How well the prompts fix a share of effects: 95 % intervals, the share being a ratio of sums over blocks of prompts (<see cref="HeadScoreInterval.Linear"/>). Which
/// heads carry, which count and which way each one works is what all prompts together say. Prompts drawn with replacement wouldn't do: the absolute effects of heads
/// that do next to nothing are noise, and would be larger in every resample than they are.
/// </summary>
/// <param name="Absolute">Of <see cref="EffectShare.Absolute"/>, within 0 and 100; not a number at both ends without effects, with a single block, or where the heads carry all of them or none.</param>
/// <param name="Signed">Of <see cref="EffectShare.Signed"/>.</param>
public sealed record EffectShareInterval(Interval Absolute, Interval Signed)
{
    /// <param name="effects">e of every head.</param>
    /// <param name="group">The heads that carry.</param>
    /// <param name="counting">The heads that count at all.</param>
    /// <returns><see langword="null"/> without effects, or where they were stored without samples.</returns>
    public static EffectShareInterval? Of(HeadTable? effects, IEnumerable<HeadIndex> group, IEnumerable<HeadIndex> counting)
    {
        if (effects?.Samples is not { } samples)
        {
            return null;
        }

        var members = group.ToHashSet();
        HeadIndex[] all = [.. counting];
        var (low, high) = Share(h => Math.Sign(effects[h]));
        return new(new(Math.Max(0, low), Math.Min(100, high)), Share(_ => 1));

        Interval Share(Func<HeadIndex, int> sign)
        {
            var (carried, total) = (new double[samples.Units], new double[samples.Units]);
            foreach (var head in all)
            {
                for (var u = 0; u < samples.Units; u++)
                {
                    var effect = sign(head) * samples.Numerators[(((head.Layer * effects.Heads) + head.Head) * samples.Units) + u];
                    total[u] += effect;
                    carried[u] += members.Contains(head) ? effect : 0;
                }
            }

            // a ratio is the same with both signs turned
            var sum = total.Sum();
            if (sum < 0)
            {
                (carried, total) = (Array.ConvertAll(carried, c => -c), Array.ConvertAll(total, t => -t));
            }

            var interval = HeadScoreInterval.Linear(new(samples.Units, [.. carried], [.. total]), head: 0);

            // all of the effects or none: that doesn't vary, and says nothing of how well it is known
            var isWhole = carried.SequenceEqual(total) || Array.TrueForAll(carried, c => c == 0);
            return sum == 0 || isWhole ? new(double.NaN, double.NaN) : new(100 * interval.Low, 100 * interval.High);
        }
    }
}
