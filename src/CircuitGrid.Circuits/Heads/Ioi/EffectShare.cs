using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Heads.Ioi;

/// <summary>How much of the effects of some heads a group of them carries, in percent.</summary>
/// <param name="Absolute">100·Σ|e| over the group's heads that count / Σ|e| over all that count: what the paper shows, as far as is known. <see langword="null"/> where the total is 0.</param>
/// <param name="Signed">100·Σe / Σe, the same with signs; any number, because effects cancel. <see langword="null"/> where the total is 0.</param>
/// <param name="Total">Σ|e| over all heads that count.</param>
public sealed record EffectShare(double? Absolute, double? Signed, double Total)
{
    /// <summary>The part of <see cref="Absolute"/> that heads of negative effect carry: without what they do the metric falls.</summary>
    public double? Helping { get; init; }

    /// <summary>The part of <see cref="Absolute"/> that heads of positive effect carry: they work against the task.</summary>
    public double? Hindering { get; init; }

    /// <param name="effects">e of every head.</param>
    /// <param name="group">The heads that carry.</param>
    /// <param name="counts">Which heads count at all.</param>
    public static EffectShare Of(HeadTable effects, IEnumerable<HeadIndex> group, Func<HeadIndex, bool> counts)
    {
        ImmutableArray<HeadIndex> all = [.. effects.Where(_ => true).Where(counts)];
        var members = group.ToHashSet();
        ImmutableArray<HeadIndex> carrying = [.. all.Where(members.Contains)];
        var (absolute, signed) = (all.Sum(h => Math.Abs(effects[h])), all.Sum(h => effects[h]));

        // adding 0 makes −0, nothing over a negative sum, 0
        return new EffectShare(
            absolute > 0 ? 100 * (carrying.Sum(h => Math.Abs(effects[h])) / absolute) : null,
            signed != 0 ? (100 * (carrying.Sum(h => effects[h]) / signed)) + 0.0 : null,
            absolute)
        {
            Helping = Working(h => effects[h] < 0),
            Hindering = Working(h => effects[h] > 0),
        };

        double? Working(Func<HeadIndex, bool> way) => absolute > 0 ? 100 * (carrying.Where(way).Sum(h => Math.Abs(effects[h])) / absolute) : null;
    }
}
