using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Comparison.Roles;

namespace CircuitGrid.Experiments.Tests.Comparison.Roles;

public sealed class RoleTrajectoryTests
{
    [Fact]
    public void Of_HeadsOutsideTheCircuitOrTooShort_AreNotTheFirst()
    {
        // Heads by column: earliest but never in the circuit; a blip above the threshold; the first to last; later and stronger.
        var trajectory = RoleTrajectory.Of(
            HeadRole.Induction,
            [
                Checkpoint(0, [0.0, 0.0, 0.0, 0.0]),
                Checkpoint(100, [0.9, 0.2, 0.05, 0.0], 1, 3),
                Checkpoint(200, [0.9, 0.3, 0.5, 0.0], 1),
                Checkpoint(300, [0.2, 0.02, 0.4, 1.0], 2, 3),
                Checkpoint(400, [0.2, 0.02, 0.3, 1.0], 2, 3),
            ]);
        Assert.Equal(new HeadIndex(1, 0), trajectory.First);
        Assert.Equal([0.0, 0.05, 0.5, 0.4, 0.3], trajectory.Points.Select(p => p.Score));
        Assert.Equal([0.0, 0.2 / 1.4, 0.3 / 1.4, 1, 1.3 / 1.4], trajectory.Points.Select(p => p.CircuitSum));
        Assert.Equal(["", "0", "0 2", "2 3", "3"], trajectory.Points.Select(p => string.Join(' ', p.Heads.Indices())));
        Assert.Equal(
            [null, new SetTurnover(0, 1, 0, 1), new SetTurnover(0.5, 1, 0, 2), new SetTurnover(1.0 / 3, 1, 1, 3), new SetTurnover(0.5, 0, 1, 3)],
            trajectory.Points.Select(p => p.Turnover));
        Assert.Equal("100<200", Text(trajectory.Onset.Runs));
        Assert.Equal("0<100", Text(trajectory.CircuitOnset.Runs));
        Assert.Equal([(new HeadIndex(0, 0), false, 100), (new(1, 0), true, 200), (new(1, 1), true, 300)], trajectory.Runs.Select(r => (r.Head, r.IsInCircuit, r.Run.By.Step)));
        Assert.False(trajectory.Onset.HasIntervals);
        Assert.Equal((200e3, 300e3), (trajectory.Onset.Rise.ShareReached, trajectory.CircuitOnset.Rise.ShareReached));
    }

    [Fact]
    public void Of_CheckpointsWithoutTheTask_CountEveryHead_AndHaveNoSum()
    {
        var trajectory = RoleTrajectory.Of(HeadRole.Successor, [new(0, 1, Table([0, 0.2, 0, 0]), null), new(1, 2, Table([0.9, 0, 0, 0.3]), null)]);
        Assert.Equal(new HeadIndex(0, 0), trajectory.First);
        Assert.All(trajectory.Points, p => Assert.True(double.IsNaN(p.CircuitSum)));
        Assert.Equal((null, true), (trajectory.CircuitOnset.First, double.IsNaN(trajectory.CircuitOnset.Rise.ShareReached)));
    }

    [Fact]
    public void Of_CopySuppressionOutsideZeroToOne_IsNone()
    {
        var checkpoints = new[] { Checkpoint(0, [-3, 4, 0.3, 0], 0, 1, 2, 3), Checkpoint(1, [0.6, -1, 0.2, 0], 0, 1, 2, 3) };
        var suppression = RoleTrajectory.Of(HeadRole.CopySuppression, checkpoints);
        Assert.Equal((new HeadIndex(1, 0), 0.3 / 0.8), (suppression.First, suppression.Points[0].CircuitSum));
        Assert.Equal(new HeadIndex(0, 1), RoleTrajectory.Of(HeadRole.SInhibition, [checkpoints[0], Checkpoint(1, [0.6, 3, 0.05, 0], 0, 1, 2, 3)]).First);
    }

    [Fact]
    public void Of_ARoleNoHeadLastsIn_HasTheStrongestHeadAndNoOnset()
    {
        var weak = RoleTrajectory.Of(HeadRole.Copying, [Checkpoint(0, [0.02, 0.3, 0, 0], 1, 2), Checkpoint(1, [0, 0.01, 0.05, 0], 1), Checkpoint(2, [0.9, 0.02, 0.06, 0], 1)]);
        Assert.Equal((new HeadIndex(0, 1), null), (weak.First, weak.Onset.First));
        Assert.Equal(new TrainingMoment(2, 2000), weak.Onset.After);
        var none = RoleTrajectory.Of(HeadRole.Copying, [Checkpoint(0, [0, 0, 0, 0], 1), Checkpoint(1, [0, -1, 0, 0], 1)]);
        Assert.Null(none.First);
        Assert.All(none.Points, p => Assert.True(double.IsNaN(p.Score) && double.IsNaN(p.CircuitSum) && p.Heads.Count == 0));
        Assert.Equal((null, null, FitOutcome.TooFewPoints), (none.Onset.First, none.CircuitOnset.First, none.CircuitOnset.Rise.Fit.Outcome));
    }

    [Fact]
    public void Of_Samples_AreDrawnAlikeAtEveryCheckpoint()
    {
        // Units differ a hundredfold in how much they say, at every checkpoint by the same factor: drawn together that moves no midpoint.
        double[] sizes = [.. Enumerable.Range(0, 10).Select(u => u % 2 == 0 ? 1 : 100.0)];
        double[] rise = [0.05, 0.2, 0.6, 0.95, 1];
        var paired = RoleTrajectory.Of(HeadRole.Induction, [.. rise.Select((r, t) => Sampled(t + 1, [.. sizes.Select(s => s * r)], [.. sizes.Select(_ => 1.0)]))]);
        var midpoint = paired.Onset.Rise.Fit.Midpoint;
        Assert.Equal(midpoint, paired.Onset.Rise.MidpointInterval!.Value.Low, 1e-6 * midpoint);
        Assert.Equal(midpoint, paired.Onset.Rise.MidpointInterval!.Value.High, 1e-6 * midpoint);
        Assert.Equal(paired.Onset.Rise, paired.CircuitOnset.Rise);

        // Half of the units say that the role comes earlier.
        double[][] shares = [[0, 0], [0.4, 0.05], [0.8, 0.5], [1, 0.8], [1, 1]];
        var mixed = RoleTrajectory.Of(
            HeadRole.Induction, [.. shares.Select((s, t) => Sampled(t + 1, [.. sizes.Select((_, u) => s[u % 2])], [.. sizes.Select(_ => 1.0)]))]);
        Assert.True(mixed.Onset.Rise.MidpointInterval!.Value.Low < mixed.Onset.Rise.Fit.Midpoint && mixed.Onset.Rise.Fit.Midpoint < mixed.Onset.Rise.MidpointInterval.Value.High);
    }

    /// <summary>A head's interval, R ± t·s, worked out by hand: a score above the threshold that may be noise is neither with nor without.</summary>
    [Fact]
    public void Of_ScoresWithIntervals_AreTheSideTheirWholeIntervalLiesOn()
    {
        // four units, t of three degrees of freedom 3.182446: the half-width is t·s/√4 for equal denominators
        double[][] units = [[0, 0.01, 0, 0.01], [0.1, 0.3, 0, 0.2], [0.3, 0.32, 0.28, 0.3], [0.1, 0.12, 0, 0.1], [0.4, 0.41, 0.4, 0.39], [0.5, 0.5, 0.5, 0.51], [0.01, 0.02, 0, 0.01]];
        var presence = units.Select(u =>
        {
            var (mean, half) = (u.Average(), 3.182446 * Math.Sqrt(u.Sum(v => (v - u.Average()) * (v - u.Average())) / 3 / 4));
            return mean - half > 0.1 ? 'w' : mean + half < 0.1 ? '.' : 'u';
        });
        Assert.Equal(".uwuww.", string.Concat(presence));
        var trajectory = RoleTrajectory.Of(HeadRole.Induction, [.. units.Select((u, t) => Sampled(t, u, [1, 1, 1, 1]))]);
        Assert.Equal("0<2 lost 6", Text(trajectory.Onset.Runs));
        Assert.True(trajectory.Onset.HasIntervals);
        Assert.Equal(3, trajectory.Onset.First!.Shown);
        Assert.Equal(new TrainingMoment(6, 6000), trajectory.Onset.LastWithout);
    }

    [Fact]
    public void Of_CircuitsSum_ResamplesTheHeadsOfEachCheckpointsCircuit()
    {
        // Heads 0 and 1, two units: head 1 counts at the last checkpoint only, and there outweighs everything in unit 1 and nothing in unit 0.
        RoleCheckpoint At(int step, double[] first, double[] second, params int[] circuit) => new(
            step, step * 1000.0, new HeadTable(2, [first.Average(), second.Average()]) { Samples = new(2, [.. first, .. second], [1, 1]) }, BitMask.FromIndices(2, circuit));
        var trajectory = RoleTrajectory.Of(HeadRole.Induction, [At(1, [0.4, 0.4], [9, 9], 0), At(2, [0.5, 0.5], [0, 9], 0, 1)]);
        // the sums are 0.4 and 0.5 + (0 to 9), over the largest, 5
        Assert.Equal([new Interval(0.08, 0.08), new Interval(0.1, 1.9)], trajectory.Points.Select(p => new Interval(Math.Round(p.CircuitSumInterval!.Value.Low, 9), Math.Round(p.CircuitSumInterval.Value.High, 9))));
    }

    [Fact]
    public void Of_HeadsWhoseIntervalsReachTheLine_AreCountedAsPossible()
    {
        // a third of the highest score is 0.33: one head lies above it with all of its interval, one with its mean, one with its upper end, one not at all
        double[][] units = [[1, 1, 1, 1], [0.2, 0.5, 0.3, 0.6], [0.1, 0.4, 0.2, 0.3], [0.1, 0.1, 0.1, 0.1]];
        RoleCheckpoint At(HeadSamples? samples) => new(1, 1000, new HeadTable(4, [.. units.Select(u => u.Average())]) { Samples = samples }, BitMask.FromIndices(4, [0]));
        var trajectory = RoleTrajectory.Of(HeadRole.Induction, [At(new(4, [.. units.SelectMany(u => u)], [1, 1, 1, 1])), At(null) with { Step = 2 }]);
        Assert.Equal([2, 2], trajectory.Points.Select(p => p.Heads.Count));
        Assert.Equal([(1, 3), null], trajectory.Points.Select(p => p.HeadCounts));
        Assert.Null(trajectory.Points[1].CircuitSumInterval);
    }

    [Fact]
    public void Of_CopySuppressionBelowZeroInAResample_IsNoneThere()
    {
        // Where only the first of two units is drawn, the second head has −2 at the first checkpoint: it mustn't take away what the first head has.
        RoleCheckpoint At(int step, params double[] saved) =>
            new(step, step * 1000.0, new HeadTable(2, [saved[..2].Average(), saved[2..].Average()]) { Samples = new(2, [.. saved], [1, 1]) }, BitMask.FromIndices(2, [0, 1]));
        var trajectory = RoleTrajectory.Of(HeadRole.CopySuppression, [At(1, 0.5, 0.5, -2, 0.1), At(2, 1, 1, 0, 0)]);
        var first = trajectory.Points[0].CircuitSumInterval!.Value;
        Assert.Equal((0.5, 0.6), (Math.Round(first.Low, 9), Math.Round(first.High, 9)));
        Assert.Equal("<1", Text(trajectory.CircuitOnset.Runs));
    }

    [Fact]
    public void Of_CheckpointsWithoutTheSameUnits_HaveNoIntervals()
    {
        double[] one = [1, 1];
        RoleCheckpoint[] good = [Sampled(1, [0.1, 0.2], one), Sampled(2, [0.5, 0.4], one), Sampled(3, [0.9, 0.8], one), Sampled(4, [0.95, 0.9], one), Sampled(6, [0.96, 0.91], one)];
        var known = RoleTrajectory.Of(HeadRole.Copying, good);
        Assert.True(known.Onset.HasIntervals && known.Onset.Rise.MidpointInterval is not null);
        foreach (var odd in (RoleCheckpoint[])[Sampled(2, [0.5, 0.4, 0.45], [1, 1, 1]), good[1] with { Scores = Table([.. good[1].Scores.Values]) }])
        {
            foreach (var order in (RoleCheckpoint[][])[[odd, good[1], .. good[2..]], [good[0], odd, .. good[2..]]])
            {
                var without = RoleTrajectory.Of(HeadRole.Copying, order);
                Assert.True(double.IsFinite(without.Onset.Rise.Fit.Midpoint));
                Assert.Equal([null, null], [without.Onset.Rise.MidpointInterval, without.CircuitOnset.Rise.MidpointInterval]);
            }
        }

        // A single unit is nothing to resample either.
        var single = RoleTrajectory.Of(HeadRole.Copying, [Sampled(1, [0.1], [1]), Sampled(2, [0.5], [1]), Sampled(3, [0.9], [1])]);
        Assert.False(single.Onset.HasIntervals);
        Assert.Null(single.Onset.Rise.MidpointInterval);
    }

    /// <summary>Two heads a layer of which only the second of layer 0 has a score, by unit; it is in the circuit.</summary>
    private static RoleCheckpoint Sampled(int step, double[] numerators, double[] denominators)
    {
        var none = new double[numerators.Length];
        var table = new HeadTable(2, [0, numerators.Sum() / denominators.Sum(), 0, 0])
        {
            Samples = new(numerators.Length, [.. none, .. numerators, .. none, .. none], [.. denominators]),
        };
        return new(step, step * 1000.0, table, BitMask.FromIndices(4, [1]));
    }

    private static string Text(IEnumerable<TrainingRun> runs) => string.Join(", ", runs.Select(r => $"{r.After?.Step}<{r.By.Step}{(r.LostAt is { } lost ? $" lost {lost.Step}" : "")}"));

    private static RoleCheckpoint Checkpoint(int step, double[] scores, params int[] circuit) => new(step, step * 1000.0, Table(scores), BitMask.FromIndices(4, circuit));

    private static HeadTable Table(double[] scores) => new(2, [.. scores]);
}
