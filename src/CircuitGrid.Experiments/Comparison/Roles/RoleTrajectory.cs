using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Experiments.Comparison.Roles;

/// <summary>What a checkpoint's heads score in one role.</summary>
/// <param name="Step">The checkpoint's step.</param>
/// <param name="Tokens">Tokens seen in training.</param>
/// <param name="Scores">Every head's score, with the samples that intervals come from where they are known.</param>
/// <param name="InCircuit">
/// Heads that edges in the role's task's circuit lead to and from, [L·H]; <see langword="null"/> where there is no result for the task.
/// </param>
public sealed record RoleCheckpoint(int Step, double Tokens, HeadTable Scores, BitMask? InCircuit);

/// <summary>A role at one checkpoint.</summary>
/// <param name="Step">The checkpoint's step.</param>
/// <param name="Tokens">Tokens seen in training.</param>
/// <param name="Score">What the first head to have the role scores; not a number where none has it.</param>
/// <param name="CircuitSum">Sum of the scores of the heads in the circuit, over its maximum over checkpoints; not a number without a positive one.</param>
/// <param name="Heads">Heads that have the role, [L·H].</param>
/// <param name="Turnover">How these differ from the checkpoint's before; <see langword="null"/> at the first.</param>
public sealed record RolePoint(int Step, double Tokens, double Score, double CircuitSum, BitMask Heads, SetTurnover? Turnover)
{
    /// <summary>95 % interval of <see cref="CircuitSum"/>, its maximum taken as it is; <see langword="null"/> where there is nothing to resample.</summary>
    public Interval? CircuitSumInterval { get; init; }

    /// <summary>
    /// How many heads have the role by the whole of their own 95 % interval, and how many by some of it; <see langword="null"/> where there are no samples. What
    /// a head must score to have the role is taken as it is.
    /// </summary>
    public (int Surely, int Possibly)? HeadCounts { get; init; }
}

/// <summary>When a series of scores appears, in tokens.</summary>
/// <param name="First">First checkpoint at <see cref="Onset.Share"/> of the series' maximum; not a number where that isn't positive.</param>
/// <param name="Midpoint">Where the fitted logistic is at half its height; not a number where there is no fit.</param>
public readonly record struct RoleOnset(double First, double Midpoint)
{
    /// <summary>
    /// 95 % interval of <see cref="First"/>, from resampling what the scores were measured on, the same units at every checkpoint. <see langword="null"/> where
    /// there is nothing to resample: results without samples, a single unit, samples in none of which the series appears.
    /// </summary>
    public Interval? FirstInterval { get; init; }

    /// <summary>95 % interval of <see cref="Midpoint"/>, likewise.</summary>
    public Interval? MidpointInterval { get; init; }

    /// <summary>The onset of the values that are numbers.</summary>
    /// <param name="tokens">Tokens seen at every checkpoint, [checkpoints].</param>
    /// <param name="values">The series, [checkpoints].</param>
    /// <param name="units">Number of sampling units, the same at every checkpoint; 0 where there are none.</param>
    /// <param name="resampled">A checkpoint's value, by its place in the series, from units drawn with replacement.</param>
    /// <param name="options">Number of resamples and seed.</param>
    internal static RoleOnset Of(IReadOnlyList<double> tokens, IReadOnlyList<double> values, int units, Func<int, int[], double> resampled, BootstrapOptions? options)
    {
        int[] known = [.. Enumerable.Range(0, values.Count).Where(t => !double.IsNaN(values[t]))];
        double[] x = [.. known.Select(t => tokens[t])], y = [.. known.Select(t => values[t])];
        if (known.Length == 0)
        {
            return new(double.NaN, double.NaN);
        }

        if (units == 0)
        {
            return new(Onset.FirstReaching(x, y), LogisticFit.Of(x, y).Midpoint);
        }

        var onset = Onset.Of(x, y, units, (t, drawn) => resampled(known[t], drawn), options);
        return new(onset.First, onset.Midpoint) { FirstInterval = Known(onset.FirstInterval), MidpointInterval = Known(onset.MidpointInterval) };
    }

    private static Interval? Known(Interval interval) => double.IsNaN(interval.Low) ? null : interval;
}

/// <summary>A role along the training of a model (docs/method.md, roles along training).</summary>
/// <param name="Role">The role.</param>
/// <param name="First">
/// Of the heads that have the role at some checkpoint and are in the task's circuit at some checkpoint, the one that has it first, by layer and head
/// where several do; <see langword="null"/> without one.
/// </param>
/// <param name="Points">By step.</param>
/// <param name="Onset">Of the first head's score.</param>
/// <param name="CircuitOnset">Of the circuit's sum.</param>
public sealed record RoleTrajectory(HeadRole Role, HeadIndex? First, ImmutableArray<RolePoint> Points, RoleOnset Onset, RoleOnset CircuitOnset)
{
    /// <summary>The task whose circuit a role is looked for in.</summary>
    public static string TaskOf(HeadRole role) => role is HeadRole.Successor or HeadRole.Induction ? "greater-than" : "ioi";

    /// <summary>A score as figures show it: copy suppression outside [0, 1] is none.</summary>
    public static double Shown(HeadRole role, double score) => role == HeadRole.CopySuppression && score is < 0 or > 1 ? 0 : score;

    /// <summary>The trajectory of a role through checkpoints.</summary>
    /// <param name="role">The role.</param>
    /// <param name="checkpoints">At least one, by step, all of one model.</param>
    /// <param name="options">Number of resamples and seed of the onsets' intervals.</param>
    /// <exception cref="ArgumentException">There is no checkpoint, or they are of models of different shape.</exception>
    public static RoleTrajectory Of(HeadRole role, IReadOnlyList<RoleCheckpoint> checkpoints, BootstrapOptions? options = null)
    {
        if (checkpoints.Count == 0 || checkpoints.Any(c => c.Scores.Heads != checkpoints[0].Scores.Heads || c.Scores.Layers != checkpoints[0].Scores.Layers))
        {
            throw new ArgumentException("A trajectory is of one model's checkpoints.", nameof(checkpoints));
        }

        var heads = checkpoints[0].Scores.Heads;
        var scores = checkpoints.Select(c => c.Scores.Values.Select(s => Shown(role, s)).ToArray()).ToArray();
        var wanted = Circuits.Statistics.Onset.Share * scores.Max(s => s.Max());
        var sets = scores.Select(s => BitMask.Of([.. s.Select(x => wanted > 0 && x >= wanted)])).ToArray();
        var first = FirstHead(sets, [.. checkpoints.Select(c => c.InCircuit).OfType<BitMask>()]);
        var series = scores.Select(s => first is { } head ? s[head] : double.NaN).ToArray();
        var sums = checkpoints.Select((c, t) => c.InCircuit?.Indices().Sum(h => scores[t][h]) ?? double.NaN).ToArray();
        var largest = sums.Where(s => !double.IsNaN(s)).DefaultIfEmpty().Max();
        sums = [.. sums.Select(s => largest > 0 ? s / largest : double.NaN)];
        var turnover = SetTurnover.Of(sets);
        var samples = checkpoints.Select(c => c.Scores.Samples).ToArray();

        // a checkpoint whose tokenizer makes other inputs can't be resampled along with the rest
        var units = samples.All(s => s?.Units == samples[0]?.Units) ? samples[0]?.Units ?? 0 : 0;
        var inCircuit = checkpoints.Select(c => c.InCircuit?.Indices().ToArray()).ToArray();
        double Resampled(int t, int head, int[] drawn) => Shown(role, samples[t]!.Ratio(head, drawn));
        double ResampledSum(int t, int[] drawn) => inCircuit[t]!.Sum(h => Resampled(t, h, drawn));
        RolePoint Point(int t) => new(checkpoints[t].Step, checkpoints[t].Tokens, series[t], sums[t], sets[t], t == 0 ? null : turnover[t - 1])
        {
            CircuitSumInterval = samples[t] is { } of && !double.IsNaN(sums[t]) ? Around(of.Units, drawn => ResampledSum(t, drawn) / largest, options) : null,
            HeadCounts = samples[t] is { Units: > 1 } all ? Counts(all, sets[t], wanted) : null,
        };

        double[] tokens = [.. checkpoints.Select(c => c.Tokens)];
        return new(
            role,
            first is { } index ? new HeadIndex(index / heads, index % heads) : null,
            [.. Enumerable.Range(0, checkpoints.Count).Select(Point)],
            RoleOnset.Of(tokens, series, units, (t, drawn) => Resampled(t, first!.Value, drawn), options),
            RoleOnset.Of(tokens, sums, units, ResampledSum, options));
    }

    private static Interval? Around(int units, Func<int[], double> resampled, BootstrapOptions? options)
    {
        var interval = HeadScoreInterval.Of(units, resampled, options);
        return double.IsNaN(interval.Low) ? null : interval;
    }

    private static (int Surely, int Possibly) Counts(HeadSamples samples, BitMask having, double wanted)
    {
        var (surely, possibly) = (0, 0);
        for (var head = 0; head < samples.Heads && wanted > 0; head++)
        {
            var (low, high) = HeadScoreInterval.Linear(samples, head);
            surely += having[head] && low >= wanted ? 1 : 0;
            possibly += having[head] || high >= wanted ? 1 : 0;
        }

        return (surely, possibly);
    }

    /// <param name="sets">Heads that have the role, by checkpoint.</param>
    /// <param name="circuits">Heads in circuits; where there are none at all, every head counts.</param>
    private static int? FirstHead(BitMask[] sets, BitMask[] circuits)
    {
        foreach (var head in sets.SelectMany(s => s.Indices()))
        {
            if (circuits.Length == 0 || circuits.Any(c => c[head]))
            {
                return head;
            }
        }

        return null;
    }
}
