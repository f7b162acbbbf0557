using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Experiments.Comparison.Roles;

/// <summary>At which depth of a model a role is: every layer's share of the positive scores, the first layer at depth 0 and the last at 1.</summary>
/// <param name="Shares">By layer; all 0 where no head has a positive score.</param>
public sealed record RoleProfile(ImmutableArray<double> Shares)
{
    /// <summary>The profile of a checkpoint's scores in a role.</summary>
    public static RoleProfile Of(HeadRole role, HeadTable scores) => Of(role, scores.Layers, scores.Heads, h => scores.Values[h]);

    /// <summary>
    /// 95 % intervals of a profile's shares, from resampling what the scores were measured on; empty where the scores came without samples or no resample has a
    /// positive score.
    /// </summary>
    /// <param name="role">The role.</param>
    /// <param name="scores">The checkpoint's scores.</param>
    /// <param name="options">Number of resamples and seed.</param>
    public static ImmutableArray<Interval> Intervals(HeadRole role, HeadTable scores, BootstrapOptions? options = null)
    {
        if (scores.Samples is not { Units: > 1 } samples)
        {
            return [];
        }

        var intervals = HeadScoreInterval.OfEach(
            samples.Units, scores.Layers, drawn => Of(role, scores.Layers, scores.Heads, h => samples.Ratio(h, drawn)) is var profile && profile.Shares.Sum() > 0 ? profile.Shares : null, options);
        return intervals.Any(i => double.IsNaN(i.Low)) ? [] : intervals;
    }

    private static RoleProfile Of(HeadRole role, int layers, int heads, Func<int, double> score)
    {
        var sums = Enumerable.Range(0, layers).Select(l => Enumerable.Range(l * heads, heads).Sum(h => Math.Max(0, RoleTrajectory.Shown(role, score(h))))).ToArray();
        var total = sums.Sum();
        return new([.. sums.Select(s => total > 0 ? s / total : 0)]);
    }

    /// <summary>Mean depth; not a number where no head has a positive score.</summary>
    public double MeanDepth => Shares.Sum() > 0 ? Shares.Select((s, l) => s * Depth(l)).Sum() : double.NaN;

    /// <summary>
    /// How far, as a share of the whole depth, one profile's scores have to be moved on average to become the other's: the area between the two
    /// cumulative shares (Wasserstein's distance of order 1). From 0 to 1; not a number where either profile is empty.
    /// </summary>
    public double DistanceTo(RoleProfile other)
    {
        if (Shares.Sum() <= 0 || other.Shares.Sum() <= 0)
        {
            return double.NaN;
        }

        var steps = Shares.Select((s, l) => (Depth: Depth(l), Change: s)).Concat(other.Shares.Select((s, l) => (Depth: other.Depth(l), Change: -s))).OrderBy(s => s.Depth).ToArray();
        var (between, area) = (0.0, 0.0);
        for (var i = 0; i + 1 < steps.Length; i++)
        {
            between += steps[i].Change;
            area += Math.Abs(between) * (steps[i + 1].Depth - steps[i].Depth);
        }

        return area;
    }

    private double Depth(int layer) => Shares.Length == 1 ? 0 : (double)layer / (Shares.Length - 1);
}
