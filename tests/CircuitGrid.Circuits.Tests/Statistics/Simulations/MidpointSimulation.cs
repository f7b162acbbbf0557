using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>Series over tokens that rise as a logistic with its midpoint at 700 tokens.</summary>
internal static class MidpointSimulation
{
    private const double Midpoint = 700;

    private static readonly double[] Tokens = [100, 200, 400, 600, 800, 1200, 2000, 4000, 8000];
    private static readonly BootstrapOptions Options = Simulated.Options with { Resamples = 120 };

    /// <summary>How often a mean's interval holds the midpoint: forty examples, the same ones at every checkpoint, of different strength.</summary>
    public static double CoverageOfMeans() => Simulated.Share(seed =>
    {
        var random = new Random(seed);
        var strengths = Enumerable.Range(0, 40).Select(_ => 3 + SimulatedBlocks.Gaussian(random)).ToArray();
        var units = Tokens.Select(t => strengths.Select(s => (s * Risen(t)) + (0.8 * SimulatedBlocks.Gaussian(random))).ToImmutableArray()).ToArray();
        return Rise.Of(Tokens, units, Options).MidpointInterval!.Value.Contains(Midpoint);
    });

    /// <summary>The same of a ratio of sums over texts of very different weight, as copy suppression is: the truth is that of all texts there are.</summary>
    public static double CoverageOfRatios() => Simulated.Share(seed =>
    {
        const int units = 32;
        var random = new Random(seed);
        var weights = Enumerable.Range(0, units).Select(_ => Math.Exp(0.5 * SimulatedBlocks.Gaussian(random))).ToArray();
        var numerators = new double[Tokens.Length][];
        var denominators = new double[Tokens.Length][];
        for (var t = 0; t < Tokens.Length; t++)
        {
            denominators[t] = [.. weights.Select(w => w * Math.Exp(0.2 * SimulatedBlocks.Gaussian(random)))];
            numerators[t] = [.. denominators[t].Select(d => d * ((0.6 * Risen(Tokens[t])) + (0.1 * SimulatedBlocks.Gaussian(random))))];
        }

        var values = numerators.Zip(denominators, (n, d) => n.Sum() / d.Sum()).ToArray();
        return Rise.Of(Tokens, values, units, (t, drawn) => drawn.Sum(u => numerators[t][u]) / drawn.Sum(u => denominators[t][u]), Options).MidpointInterval!.Value.Contains(Midpoint);
    });

    private static double Risen(double tokens) => 1 / (1 + Math.Pow(Midpoint / tokens, 3));
}
