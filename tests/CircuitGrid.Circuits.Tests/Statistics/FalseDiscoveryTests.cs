using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

public sealed class FalseDiscoveryTests
{
    [Fact]
    public void Adjusted_PublishedExample_RejectsWhatThePaperDoes()
    {
        // Benjamini and Hochberg 1995, §3.1: four of fifteen at q = 0.05, the first three of them by Bonferroni
        double[] p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1];
        var adjusted = FalseDiscovery.BenjaminiHochberg(p);
        Assert.Equal(4, adjusted.Count(q => q <= 0.05));
        Assert.Equal(0.0095 * 15 / 4, adjusted[3], 12);
        Assert.Equal(1, adjusted[^1]);
    }

    [Fact]
    public void Adjusted_AnyLevel_RejectsAsSteppingUpDoes()
    {
        var random = new Random(1);
        for (var round = 0; round < 50; round++)
        {
            double[] p = [.. Enumerable.Range(0, 12).Select(_ => Math.Pow(random.NextDouble(), 3))];
            var factor = Enumerable.Range(1, 12).Sum(i => 1.0 / i);
            var (hochberg, yekutieli) = (FalseDiscovery.BenjaminiHochberg(p), FalseDiscovery.BenjaminiYekutieli(p));
            foreach (var q in (double[])[0.01, 0.05, 0.1, 0.2, 0.7])
            {
                Assert.Equal(StepUp(p, q), p.Where((_, i) => hochberg[i] <= q).Order());
                Assert.Equal(StepUp(p, q / factor), p.Where((_, i) => yekutieli[i] <= q).Order());
            }
        }

        Assert.Empty(FalseDiscovery.BenjaminiHochberg([]));
    }

    /// <summary>The largest k with p₍ₖ₎ ≤ q·k/n, and all up to it.</summary>
    private static IEnumerable<double> StepUp(double[] p, double q)
    {
        var sorted = p.Order().ToArray();
        var k = Enumerable.Range(1, p.Length).LastOrDefault(k => sorted[k - 1] <= q * k / p.Length);
        return sorted.Take(k);
    }
}
