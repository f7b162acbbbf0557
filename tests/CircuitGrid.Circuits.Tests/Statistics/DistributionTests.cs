using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

public sealed class DistributionTests
{
    /// <summary>Printed tables: Abramowitz and Stegun, tables 26.1 and 26.10.</summary>
    [Theory]
    [InlineData(0.975, 1, 12.7062)]
    [InlineData(0.975, 5, 2.5706)]
    [InlineData(0.975, 31, 2.0395)]
    [InlineData(0.995, 10, 3.1693)]
    [InlineData(0.05, 4, -2.1318)]
    [InlineData(0.975, 1_000_000, 1.95996)]
    public void StudentQuantile_OfTheTables(double probability, double degrees, double expected) =>
        Assert.Equal(expected, StudentT.Quantile(probability, degrees), 5e-5);

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1.96, 0.975002104852)]
    [InlineData(-1, 0.158655253931)]
    [InlineData(-3.5, 0.000232629079036)]
    [InlineData(6, 0.999999999013412)]
    public void NormalCumulative_OfTheTables(double x, double expected) => Assert.Equal(expected, Normal.Cumulative(x), 1e-12);

    [Fact]
    public void StudentCumulative_IsTheIntegralOfTheDensity()
    {
        // ν = 3: density 2/(π√3·(1 + t²/3)²), by Simpson's rule from 0
        foreach (var t in (double[])[0.3, 1, 2.5, 7])
        {
            const int steps = 2000;
            double Density(double u) => 2 / (Math.PI * Math.Sqrt(3) * Math.Pow(1 + (u * u / 3), 2));
            var integral = Enumerable.Range(0, steps + 1).Sum(i => (i is 0 or steps ? 1 : i % 2 == 0 ? 2 : 4) * Density(t * i / steps)) * t / steps / 3;
            Assert.Equal(0.5 + integral, StudentT.Cumulative(t, 3), 1e-10);
            Assert.Equal(0.5 - integral, StudentT.Cumulative(-t, 3), 1e-10);
        }
    }

    [Fact]
    public void Interval_OfAMeansReplicates_HasStudentsWidth()
    {
        // replicates at the quantiles of the normal that a bootstrap mean of n = 6 units with variance 1 has: sd √(5/6/6)
        const int n = 6;
        var spread = Math.Sqrt((n - 1.0) / n / n);
        var replicates = Enumerable.Range(1, 9999).Select(i => spread * StudentT.Quantile(i / 10000.0, 1e7));
        var interval = Interval.OfReplicates(replicates, n);
        Assert.Equal(2.5706 / Math.Sqrt(n), interval.High, 2e-3);
        Assert.Equal(-interval.High, interval.Low, 1e-3);
    }

    [Fact]
    public void Interval_InfiniteReplicates_StayInfinite()
    {
        var interval = Interval.OfReplicates(Enumerable.Range(0, 100).Select(i => i < 50 ? i : double.PositiveInfinity), 10);
        Assert.True(double.IsFinite(interval.Low));
        Assert.Equal(double.PositiveInfinity, interval.High);
        Assert.Equal(new Interval(3, double.PositiveInfinity), Interval.OfReplicates([3, double.PositiveInfinity, double.PositiveInfinity], 2));
        Assert.True(double.IsNaN(Interval.OfReplicates([1], 10).Low));
    }
}
