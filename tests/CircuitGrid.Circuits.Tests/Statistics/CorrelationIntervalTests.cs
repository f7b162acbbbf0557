using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

/// <summary>What few points, and points in perfect order, can say of a correlation.</summary>
public sealed class CorrelationIntervalTests
{
    private static readonly BootstrapOptions options = new() { Resamples = 400, Threads = 1 };

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Of_FewerThanSixPoints_IsNone(int points)
    {
        double[] x = [.. Enumerable.Range(0, points).Select(i => (double)i)];
        foreach (var correlation in (CorrelationInterval[])[CorrelationInterval.Pearson(x, x, options), CorrelationInterval.Spearman(x, x, options)])
        {
            Assert.True(double.IsNaN(correlation.Value) && double.IsNaN(correlation.Interval.Low) && double.IsNaN(correlation.Interval.High));
        }
    }

    [Theory]
    [InlineData(6, 1)]
    [InlineData(6, -1)]
    [InlineData(8, 1)]
    [InlineData(12, -1)]
    [InlineData(30, 1)]
    public void Of_PerfectOrder_IsAsWideAsFisherHasHalfAnExchange(int points, int sign)
    {
        double[] x = [.. Enumerable.Range(0, points).Select(i => (double)i)], y = [.. x.Select(v => sign * v)];

        // ρ of two neighbours exchanged, from the ranks' differences: 1 − 6·2/(n(n² − 1)); half-way to 1
        var next = 1 - (6 * 2.0 / (points * ((points * points) - 1)));
        var inner = Math.Tanh(Math.Atanh((1 + next) / 2) - (1.959964 * Math.Sqrt(1.06 / (points - 3))));
        var ranks = CorrelationInterval.Spearman(x, y, options);
        Assert.Equal(sign, ranks.Value);
        Assert.Equal(sign * 1.0, sign > 0 ? ranks.Interval.High : ranks.Interval.Low);
        Assert.Equal(sign * inner, sign > 0 ? ranks.Interval.Low : ranks.Interval.High, 1e-6);
        var line = CorrelationInterval.Pearson(x, y, options);
        Assert.True(line.Interval.High - line.Interval.Low > 0.0004 && line.Interval.Contains(line.Value));
        Assert.True(points > 6 || line.Interval.High - line.Interval.Low > 0.2);
    }

    /// <summary>All orders of six points: where nothing goes with anything, an interval that leaves 0 out is an error, and must be rare.</summary>
    [Fact]
    public void Spearman_OfEveryOrderOfSix_SeldomLeavesZeroOut()
    {
        int[][] orders = [.. Permutations([0, 1, 2, 3, 4, 5])];
        Assert.Equal(720, orders.Length);
        double[] x = [0, 1, 2, 3, 4, 5];
        var wrong = orders.AsParallel().Count(order => !CorrelationInterval.Spearman(x, [.. order.Select(v => (double)v)], options).Interval.Contains(0));
        Assert.InRange(wrong / 720.0, 2 / 720.0, 0.06);
        Assert.True(double.IsNaN(CorrelationInterval.Spearman(x, [1, 1, 1, 1, 1, 1], options).Value));
    }

    private static IEnumerable<int[]> Permutations(int[] items) =>
        items.Length == 1 ? [items] : items.SelectMany(first => Permutations([.. items.Where(i => i != first)]).Select(rest => (int[])[first, .. rest]));
}
