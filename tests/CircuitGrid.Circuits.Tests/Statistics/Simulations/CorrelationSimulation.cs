using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>Points of two normal variables of known correlation.</summary>
internal static class CorrelationSimulation
{
    /// <summary>How often the interval of Pearson's r holds the truth.</summary>
    public static double Coverage(int points, double truth) => Simulated.Share(seed =>
    {
        var random = new Random(seed);
        var x = Enumerable.Range(0, points).Select(_ => SimulatedBlocks.Gaussian(random)).ToArray();
        var y = x.Select(v => (truth * v) + (Math.Sqrt(1 - (truth * truth)) * SimulatedBlocks.Gaussian(random))).ToArray();
        return CorrelationInterval.Pearson(x, y, Simulated.Options).Interval.Contains(truth);
    });
}
