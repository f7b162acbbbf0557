using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison.Roles;

namespace CircuitGrid.Experiments.Tests.Comparison.Roles;

public sealed class RoleTrajectoryTests
{
    [Fact]
    public void Of_HeadsOutsideTheCircuitOrTooWeak_AreNotTheFirst()
    {
        // Heads by column: earliest but never in the circuit; too weak; the first; later and stronger.
        var trajectory = RoleTrajectory.Of(
            HeadRole.Induction,
            [
                Checkpoint(0, [0.0, 0.1, 0.0, 0.0]),
                Checkpoint(100, [0.9, 0.2, 0.1, 0.0], 1, 3),
                Checkpoint(200, [0.9, 0.3, 0.5, 0.2], 1),
                Checkpoint(300, [0.2, 0.3, 0.4, 1.0], 2, 3),
            ]);
        Assert.Equal(new HeadIndex(1, 0), trajectory.First);
        Assert.Equal([0.0, 0.1, 0.5, 0.4], trajectory.Points.Select(p => p.Score));
        Assert.Equal([0.0, 0.2 / 1.4, 0.3 / 1.4, 1], trajectory.Points.Select(p => p.CircuitSum));
        Assert.Equal(["", "0", "0 2", "2 3"], trajectory.Points.Select(p => string.Join(' ', p.Heads.Indices())));
        Assert.Equal(
            [null, new SetTurnover(0, 1, 0, 1), new SetTurnover(0.5, 1, 0, 2), new SetTurnover(1.0 / 3, 1, 1, 3)],
            trajectory.Points.Select(p => p.Turnover));
        Assert.Equal((200e3, 300e3), (trajectory.Onset.First, trajectory.CircuitOnset.First));
        Assert.InRange(trajectory.Onset.Midpoint, 100e3, 200e3);
    }

    [Fact]
    public void Of_CheckpointsWithoutTheTask_CountEveryHead_AndHaveNoSum()
    {
        var trajectory = RoleTrajectory.Of(HeadRole.Successor, [new(0, 1, Table([0, 0.2, 0, 0]), null), new(1, 2, Table([0.9, 0, 0, 0.3]), null)]);
        Assert.Equal(new HeadIndex(0, 0), trajectory.First);
        Assert.All(trajectory.Points, p => Assert.True(double.IsNaN(p.CircuitSum)));
        Assert.True(double.IsNaN(trajectory.CircuitOnset.First));
    }

    [Fact]
    public void Of_CopySuppressionOutsideZeroToOne_IsNone()
    {
        var checkpoints = new[] { Checkpoint(0, [-3, 4, 0.3, 0], 0, 1, 2, 3), Checkpoint(1, [0.6, -1, 0.1, 0], 0, 1, 2, 3) };
        var suppression = RoleTrajectory.Of(HeadRole.CopySuppression, checkpoints);
        Assert.Equal((new HeadIndex(1, 0), 0.3 / 0.7), (suppression.First, suppression.Points[0].CircuitSum));
        Assert.Equal(new HeadIndex(0, 1), RoleTrajectory.Of(HeadRole.SInhibition, checkpoints).First);
    }

    [Fact]
    public void Of_ARoleNoHeadEverHas_HasNoFirstAndNoOnset()
    {
        var none = RoleTrajectory.Of(HeadRole.Copying, [Checkpoint(0, [0, 0, 0, 0], 1), Checkpoint(1, [0, -1, 0, 0], 1)]);
        Assert.Null(none.First);
        Assert.All(none.Points, p => Assert.True(double.IsNaN(p.Score) && double.IsNaN(p.CircuitSum) && p.Heads.Count == 0));
        Assert.True(double.IsNaN(none.Onset.First) && double.IsNaN(none.CircuitOnset.Midpoint));
    }

    [Fact]
    public void Of_Samples_AreDrawnAlikeAtEveryCheckpoint()
    {
        // Units differ a hundredfold in how much they say, at every checkpoint by the same factor: drawn together that moves no onset.
        double[] sizes = [.. Enumerable.Range(0, 10).Select(u => u % 2 == 0 ? 1 : 100.0)];
        double[] rise = [0.05, 0.2, 0.6, 0.95, 1];
        var paired = RoleTrajectory.Of(HeadRole.Induction, [.. rise.Select((r, t) => Sampled(t + 1, [.. sizes.Select(s => s * r)], [.. sizes.Select(_ => 1.0)]))]);
        Assert.Equal(new Interval(3000, 3000), paired.Onset.FirstInterval);
        Assert.Equal(paired.Onset.Midpoint, paired.Onset.MidpointInterval!.Value.Low, 1e-6 * paired.Onset.Midpoint);
        Assert.Equal(paired.Onset.Midpoint, paired.Onset.MidpointInterval!.Value.High, 1e-6 * paired.Onset.Midpoint);
        Assert.Equal(paired.Onset, paired.CircuitOnset);

        // Half of the units say that the role is there at the second checkpoint, half that it comes with the third.
        double[][] shares = [[0, 0], [0.55, 0.05], [1, 1], [1, 1]];
        var mixed = RoleTrajectory.Of(
            HeadRole.Induction, [.. shares.Select((s, t) => Sampled(t + 1, [.. sizes.Select((_, u) => s[u % 2])], [.. sizes.Select(_ => 1.0)]))]);
        Assert.Equal((3000, new Interval(2000, 3000)), (mixed.Onset.First, mixed.Onset.FirstInterval!.Value));
        Assert.True(mixed.Onset.MidpointInterval!.Value.Low < mixed.Onset.Midpoint && mixed.Onset.Midpoint < mixed.Onset.MidpointInterval.Value.High);
    }

    [Fact]
    public void Of_CircuitsSum_ResamplesTheHeadsOfEachCheckpointsCircuit()
    {
        // Heads 0 and 1, two units: head 1 counts at the last checkpoint only, and there outweighs everything in unit 1 and nothing in unit 0.
        RoleCheckpoint At(int step, double[] first, double[] second, params int[] circuit) => new(
            step, step * 1000.0, new HeadTable(2, [first.Average(), second.Average()]) { Samples = new(2, [.. first, .. second], [1, 1]) }, BitMask.FromIndices(2, circuit));
        var trajectory = RoleTrajectory.Of(HeadRole.Induction, [At(1, [0.4, 0.4], [9, 9], 0), At(2, [0.5, 0.5], [0, 9], 0, 1)]);
        Assert.Equal((2000, new Interval(1000, 2000)), (trajectory.CircuitOnset.First, trajectory.CircuitOnset.FirstInterval!.Value));

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
        Assert.Equal((1000, new Interval(1000, 1000)), (trajectory.CircuitOnset.First, trajectory.CircuitOnset.FirstInterval!.Value));
    }

    [Fact]
    public void Of_CheckpointsWithoutTheSameUnits_HaveNoIntervals()
    {
        double[] one = [1, 1];
        RoleCheckpoint[] good = [Sampled(1, [0.1, 0.2], one), Sampled(2, [0.5, 0.4], one), Sampled(3, [0.9, 0.8], one)];
        var known = RoleTrajectory.Of(HeadRole.Copying, good);
        Assert.NotNull(known.Onset.MidpointInterval);
        foreach (var odd in (RoleCheckpoint[])[Sampled(2, [0.5, 0.4, 0.45], [1, 1, 1]), good[1] with { Scores = Table([.. good[1].Scores.Values]) }])
        {
            foreach (var order in (RoleCheckpoint[][])[[odd, good[1], good[2]], [good[0], odd, good[2]]])
            {
                var without = RoleTrajectory.Of(HeadRole.Copying, order);
                Assert.True(double.IsFinite(without.Onset.Midpoint));
                Assert.Equal([null, null, null, null], [without.Onset.FirstInterval, without.Onset.MidpointInterval, without.CircuitOnset.FirstInterval, without.CircuitOnset.MidpointInterval]);
            }
        }

        // A single unit is nothing to resample either.
        var single = RoleTrajectory.Of(HeadRole.Copying, [Sampled(1, [0.1], [1]), Sampled(2, [0.5], [1]), Sampled(3, [0.9], [1])]);
        Assert.Null(single.Onset.FirstInterval);
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

    private static RoleCheckpoint Checkpoint(int step, double[] scores, params int[] circuit) => new(step, step * 1000.0, Table(scores), BitMask.FromIndices(4, circuit));

    private static HeadTable Table(double[] scores) => new(2, [.. scores]);
}
