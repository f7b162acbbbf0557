using CircuitGrid.Circuits.Heads;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>Head scores as ratios of sums over thirty-two units.</summary>
internal static class HeadScoreSimulation
{
    private const int Units = 32;
    private const double Score = 0.4;

    /// <summary>How often the bootstrap's interval holds the score, on units of which some weigh more.</summary>
    public static double Coverage() => Simulated.Share(seed => HeadScoreInterval.Of(Weighted(seed), 0, score => score, Simulated.Options).Contains(Score));

    /// <summary>The same of the linearised interval.</summary>
    public static double LinearCoverage() => Simulated.Share(seed => HeadScoreInterval.Linear(Weighted(seed), 0).Contains(Score));

    /// <summary>The same of the sum over a circuit's heads, the second of which scores what the first one does and something of its own.</summary>
    public static double CoverageOfSums() => Simulated.Share(seed =>
    {
        var random = new Random(seed);
        var first = Enumerable.Range(0, Units).Select(_ => Score + (0.3 * SimulatedBlocks.Gaussian(random))).ToArray();
        var samples = new HeadSamples(Units, [.. first, .. first.Select(f => (0.5 * f) + 0.1 + (0.1 * SimulatedBlocks.Gaussian(random)))], [.. Enumerable.Repeat(1.0, Units)]);
        return HeadScoreInterval.Of(Units, drawn => samples.Ratio(0, drawn) + samples.Ratio(1, drawn), Simulated.Options).Contains((1.5 * Score) + 0.1);
    });

    private static HeadSamples Weighted(int seed)
    {
        var random = new Random(seed);
        var weights = Enumerable.Range(0, Units).Select(_ => 1 + random.NextDouble()).ToArray();
        return new(Units, [.. weights.Select(w => w * (Score + (0.3 * SimulatedBlocks.Gaussian(random))))], [.. weights]);
    }
}
