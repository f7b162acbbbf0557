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

    private static RoleCheckpoint Checkpoint(int step, double[] scores, params int[] circuit) => new(step, step * 1000.0, Table(scores), BitMask.FromIndices(4, circuit));

    private static HeadTable Table(double[] scores) => new(2, [.. scores]);
}
