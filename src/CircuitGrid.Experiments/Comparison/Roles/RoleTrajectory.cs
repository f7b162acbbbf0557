using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison.Onsets;

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
/// <param name="Score">What the first head of the role scores; not a number without one.</param>
/// <param name="CircuitSum">Sum of the scores of the heads in the circuit, over its maximum over checkpoints; not a number without a positive one.</param>
/// <param name="Heads">Heads that have the role: at least <see cref="Rise.Share"/> of the highest score of any head at any checkpoint, [L·H].</param>
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

/// <summary>What a head does in a role for a while.</summary>
/// <param name="Head">The head.</param>
/// <param name="IsInCircuit">Whether it is in the task's circuit at some checkpoint; true of all heads where there are no circuits.</param>
/// <param name="Run">When.</param>
public sealed record RoleRun(HeadIndex Head, bool IsInCircuit, TrainingRun Run);

/// <summary>A role along the training of a model (docs/method.md, roles along training).</summary>
/// <param name="Role">The role.</param>
/// <param name="First">
/// Of the heads that are in the task's circuit at some checkpoint, the one in which the role appears first, by layer and head where it does in several; where it is
/// seen to last in none, the one that scores highest; <see langword="null"/> where none scores above 0.
/// </param>
/// <param name="Points">By step.</param>
/// <param name="Onset">Of the first head's score.</param>
/// <param name="CircuitOnset">Of the sum of the scores of the heads in the circuit.</param>
/// <param name="Runs">The runs of all heads, head by head.</param>
public sealed record RoleTrajectory(
    HeadRole Role, HeadIndex? First, ImmutableArray<RolePoint> Points, TrainingOnset Onset, TrainingOnset CircuitOnset, ImmutableArray<RoleRun> Runs)
{
    /// <summary>
    /// What a head must score to count as there, and the heads of a circuit together. Every role's score is a share, of attention or of cases; this is the published
    /// line for copied names and for copy suppression, and well above what attention spread evenly gives a role.
    /// </summary>
    public const double Threshold = 0.1;

    /// <summary>The task whose circuit a role is looked for in.</summary>
    public static string TaskOf(HeadRole role) => role is HeadRole.Successor or HeadRole.Induction ? "greater-than" : "ioi";

    /// <summary>A score as figures show it: copy suppression outside [0, 1] is none.</summary>
    public static double Shown(HeadRole role, double score) => role == HeadRole.CopySuppression && score is < 0 or > 1 ? 0 : score;

    /// <summary>The trajectory of a role through checkpoints.</summary>
    /// <param name="role">The role.</param>
    /// <param name="checkpoints">At least one, by step, all of one model.</param>
    /// <param name="options">Number of resamples and seed.</param>
    /// <exception cref="ArgumentException">There is no checkpoint, or they are of models of different shape.</exception>
    public static RoleTrajectory Of(HeadRole role, IReadOnlyList<RoleCheckpoint> checkpoints, BootstrapOptions? options = null)
    {
        if (checkpoints.Count == 0 || checkpoints.Any(c => c.Scores.Heads != checkpoints[0].Scores.Heads || c.Scores.Layers != checkpoints[0].Scores.Layers))
        {
            throw new ArgumentException("A trajectory is of one model's checkpoints.", nameof(checkpoints));
        }

        var series = new RoleSeries(role, checkpoints, options);
        var runs = series.Runs();
        var first = series.FirstHead(runs);
        var turnover = SetTurnover.Of(series.Sets);
        return new(
            role,
            first is { } index ? series.Index(index) : null,
            [
                .. Enumerable.Range(0, checkpoints.Count).Select(t => new RolePoint(
                    checkpoints[t].Step,
                    checkpoints[t].Tokens,
                    first is { } head ? series.Scores[t][head] : double.NaN,
                    series.LargestSum > 0 ? series.Sums[t] / series.LargestSum : double.NaN,
                    series.Sets[t],
                    t == 0 ? null : turnover[t - 1])
                {
                    CircuitSumInterval = series.SumInterval(t) is var (low, high) && series.LargestSum > 0 ? new Interval(low / series.LargestSum, high / series.LargestSum) : null,
                    HeadCounts = series.HeadCounts(t),
                }),
            ],
            series.OnsetOf(first),
            series.CircuitOnset(),
            runs);
    }
}
