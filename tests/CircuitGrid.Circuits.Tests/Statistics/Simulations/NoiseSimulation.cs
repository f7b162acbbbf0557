using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>
/// Pairs of cells with the same true scores and different noise, as two checkpoints would be between which nothing has happened: the
/// truth is a difference of 0. And pairs that differ a little.
/// </summary>
internal static class NoiseSimulation
{
    /// <summary>How many pairs that differ are drawn.</summary>
    public const int Moved = 100;

    private static readonly BootstrapOptions Options = Simulated.Options with { Splits = 25, SplitResamples = 50 };

    /// <summary>Pairs in which nothing differs.</summary>
    public static NoiseComparison[] OfNothing() => Compare(SimulatedBlocks.Means(5), 1, Simulated.Experiments);

    /// <summary>Pairs in which every score has moved a little, measured with less noise.</summary>
    public static NoiseComparison[] OfMovedScores()
    {
        var shift = new Random(8);
        return Compare([.. SimulatedBlocks.Means(5).Select(m => m + (0.5 * SimulatedBlocks.Gaussian(shift)))], 0.4, Moved);
    }

    /// <summary>In how many of the pairs the two circuits are called different.</summary>
    public static double Different(IReadOnlyCollection<NoiseComparison> pairs) => pairs.Average(p => CircuitDifference.Judge(haveCircuits: true, p) == DifferenceVerdict.Different ? 1 : 0.0);

    private static NoiseComparison[] Compare(double[] second, double noise, int experiments)
    {
        var first = SimulatedBlocks.Means(5);
        return
        [
            .. Enumerable.Range(0, experiments).AsParallel().AsOrdered().Select(seed =>
            {
                var random = new Random(seed);
                return PairedComparison.Of(SimulatedBlocks.Units(SimulatedBlocks.Draw(first, noise, random)), SimulatedBlocks.Units(SimulatedBlocks.Draw(second, noise, random)), Options);
            }),
        ];
    }
}
