using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

/// <summary>Fits against a brute-force search, and what is no estimate.</summary>
public sealed class LogisticFitTests
{
    private static readonly double[] tokens = [0, 64e3, 128e3, 256e3, 512e3, 768e3, 1.02e6, 1.28e6, 1.54e6, 2.05e6, 2.56e6, 3.07e6, 4.1e6];

    [Fact]
    public void Of_ItsOwnCurve_GivesItsParametersBack()
    {
        double[] x = [0, 64, 128, 256, 512, 1000, 2000, 4000, 8000];
        var fit = LogisticFit.Of(x, [.. x.Select(v => v == 0 ? 0 : 3.5 / (1 + Math.Pow(700 / v, 2.5)))]);
        Assert.Equal(FitOutcome.Converged, fit.Outcome);
        Assert.Equal(3.5, fit.Height, 1e-6);
        Assert.Equal(700, fit.Midpoint, 1e-3);
        Assert.Equal(2.5, fit.Steepness, 1e-6);
    }

    /// <summary>Rises of every place, height and steepness with noise, and some that go on past the end or were over before the start.</summary>
    [Fact]
    public void Of_NoisyRises_IsTheBestThereIs_OrNoEstimate()
    {
        var inside = 0;
        Parallel.For(0, 60, seed =>
        {
            var random = new Random(seed);
            var (middle, steepness, height) = (Math.Exp(10.5 + (5.5 * random.NextDouble())), Math.Exp(3 * random.NextDouble()), 0.2 + (4 * random.NextDouble()));
            double[] y = [.. tokens.Select(t => (t == 0 ? 0 : height / (1 + Math.Pow(middle / t, steepness))) + (0.08 * height * SimulatedBlocks.Gaussian(random)))];
            var (midpoint, steep, isInside) = LogisticBruteForce.Of(tokens, y);
            var fit = LogisticFit.Of(tokens, y);
            Assert.True(isInside == (fit.Outcome == FitOutcome.Converged), $"{seed}: {fit} instead of {midpoint}, {steep}");
            if (isInside)
            {
                Assert.Equal(1, fit.Midpoint / midpoint, 1e-5);
                Assert.Equal(1, fit.Steepness / steep, 1e-4);
                Interlocked.Increment(ref inside);
            }
            else
            {
                Assert.True(double.IsNaN(fit.Height) && double.IsNaN(fit.Midpoint) && double.IsNaN(fit.Steepness));
            }
        });
        Assert.InRange(inside, 20, 55);
    }

    [Fact]
    public void Of_SolutionsOnABound_SaysOnWhich()
    {
        double[] x = [1, 2, 4, 8, 16, 32], wide = [.. Enumerable.Range(0, 13).Select(i => Math.Pow(10, i / 2.0))];
        Assert.Equal(FitOutcome.TooFewPoints, LogisticFit.Of([0, 1, 2], [1, 1, 1]).Outcome);
        Assert.Equal(FitOutcome.NoRise, LogisticFit.Of(x, [-1, -1, -1, -1, -1, -1]).Outcome);
        Assert.Equal(FitOutcome.MiddleAtStart, LogisticFit.Of(x, [1, 0.97, 1.02, 0.99, 1.01, 1]).Outcome);
        Assert.Equal(FitOutcome.MiddleAtEnd, LogisticFit.Of(x, [.. x.Select(v => Math.Pow(v, 3))]).Outcome);
        Assert.Equal(FitOutcome.TooFlat, LogisticFit.Of(wide, [.. wide.Select(v => 1 / (1 + Math.Pow(1e3 / v, 0.4)))]).Outcome);
        Assert.Equal(FitOutcome.TooSteep, LogisticFit.Of(x, [0, 0, 0, 1, 1, 1]).Outcome);
        Assert.True(double.IsNaN(LogisticFit.Of(x, [0, 0, 0, 1, 1, 1]).Midpoint));
    }
}
