using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Experiments.Comparison.Roles;

/// <summary>At which depth of a model a role is: every layer's share of the positive scores, the first layer at depth 0 and the last at 1.</summary>
/// <param name="Shares">By layer; all 0 where no head has a positive score.</param>
public sealed record RoleProfile(ImmutableArray<double> Shares)
{
    /// <summary>The profile of a checkpoint's scores in a role.</summary>
    public static RoleProfile Of(HeadRole role, HeadTable scores)
    {
        var sums = Enumerable.Range(0, scores.Layers).Select(l => Enumerable.Range(0, scores.Heads).Sum(h => Math.Max(0, RoleTrajectory.Shown(role, scores[l, h])))).ToArray();
        var total = sums.Sum();
        return new([.. sums.Select(s => total > 0 ? s / total : 0)]);
    }

    /// <summary>
    /// 95 % intervals of a profile's shares within 0 and 1, each a ratio of sums over what the scores were measured on (<see cref="HeadScoreInterval.Linear"/>), a
    /// score going in by what each unit adds to it. Which scores are positive is taken as it is. Empty without samples, with a single unit or no positive score.
    /// </summary>
    public static ImmutableArray<Interval> Intervals(HeadRole role, HeadTable scores)
    {
        if (scores.Samples is not { Units: > 1 } samples)
        {
            return [];
        }

        var layers = Enumerable.Range(0, scores.Layers).Select(_ => new double[samples.Units]).ToArray();
        foreach (var head in scores.Where(s => RoleTrajectory.Shown(role, s) > 0))
        {
            var parts = Parts(samples, (head.Layer * scores.Heads) + head.Head);
            for (var u = 0; u < parts.Length; u++)
            {
                layers[head.Layer][u] += parts[u];
            }
        }

        ImmutableArray<double> total = [.. Enumerable.Range(0, samples.Units).Select(u => layers.Sum(l => l[u]))];
        return total.Sum() <= 0 ? [] : [.. layers.Select(l => HeadScoreInterval.Linear(new(samples.Units, [.. l], total), head: 0)).Select(i => new Interval(Math.Max(0, i.Low), Math.Min(1, i.High)))];
    }

    /// <summary>What units make of a head's score: values whose mean it is, and whose spread is that of the linearised ratio.</summary>
    private static double[] Parts(HeadSamples samples, int head)
    {
        var units = samples.Units;
        var y = samples.Numerators.AsSpan(head * units, units);
        var x = samples.Denominators.AsSpan(samples.Denominators.Length == units ? 0 : head * units, units);
        var score = samples.Ratio(head, [.. Enumerable.Range(0, units)]);
        var below = 0.0;
        foreach (var part in x)
        {
            below += part;
        }

        var parts = new double[units];
        for (var u = 0; u < units && below > 0; u++)
        {
            parts[u] = score + ((y[u] - (score * x[u])) * units / below);
        }

        return parts;
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
