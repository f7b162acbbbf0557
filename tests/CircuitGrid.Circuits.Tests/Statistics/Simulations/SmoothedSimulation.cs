using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>
/// Six checkpoints whose circuits differ in nothing but noise, a little, or a lot, half of the noise being the examples' own and the same at all of them: the
/// truth is what the smoothed similarity of the last pair is on average.
/// </summary>
/// <param name="Coverage">In how many experiments the interval holds the truth.</param>
/// <param name="Error">The error that the interval goes by, over the error there is.</param>
internal sealed record SmoothedSimulation(double Coverage, double Error)
{
    /// <summary>Experiments of one setting.</summary>
    public const int ExperimentsOfASetting = 150;

    private const int Checkpoints = 6;

    private static readonly (double Moved, double Noise)[] Settings = [(0, 0.5), (0, 1), (0.3, 0.25), (0.3, 0.5), (0.3, 1), (1, 0.25), (1, 0.5), (1, 1)];

    /// <summary>Experiments of all settings together.</summary>
    public static int Experiments => Settings.Length * ExperimentsOfASetting;

    /// <summary>What every setting gives: how far scores move between checkpoints, and how noisy they are.</summary>
    /// <param name="blocks">Blocks of examples.</param>
    public static SmoothedSimulation[] OfEverySetting(int blocks) => [.. Settings.Select(s => Run(s.Moved, s.Noise, blocks))];

    private static SmoothedSimulation Run(double moved, double noise, int blocks)
    {
        var (graph, rule, options) = (new CircuitGraph(new GraphShape(3, 4, Parallel: true, 8)), new CircuitRule(SelectionRule.Greedy, Absolute: true, Budget: 40), Simulated.Options);
        var training = new Random(5);
        var truth = new List<double[]> { Enumerable.Range(0, graph.Edges).Select(_ => Math.Pow(training.NextDouble(), 3) * 2).ToArray() };
        while (truth.Count < Checkpoints)
        {
            truth.Add([.. truth[^1].Select(m => m + (moved * SimulatedBlocks.Gaussian(training)))]);
        }

        var drawn = Enumerable.Range(0, ExperimentsOfASetting).AsParallel().AsOrdered().Select(seed =>
        {
            var random = new Random(seed);
            var examples = Enumerable.Range(0, blocks * graph.Edges).Select(_ => SimulatedBlocks.Gaussian(random)).ToArray();
            var cells = truth.ConvertAll(means => new BlockMeans(
                graph,
                [.. examples.Select((e, i) => (float)(means[i % graph.Edges] + (noise * Math.Sqrt(0.5) * (e + SimulatedBlocks.Gaussian(random)))))],
                [.. Enumerable.Repeat(2, blocks)]));
            int[] ones = [.. Enumerable.Repeat(1, blocks)];
            var value = Last([.. cells.Select(c => rule.Select(c, ones, new float[graph.Edges]))]);
            var circuits = cells.ConvertAll(c => HalfSamples.Circuits(c, SimulatedBlocks.All(c), rule, options));
            var halves = Enumerable.Range(0, options.HalfSamples).Select(h => Last([.. circuits.Select(c => c[h])])).ToArray();
            return (Value: value, Interval: HalfSamples.Around(value, halves, blocks));
        }).ToArray();
        var expected = drawn.Average(d => d.Value);
        var error = Math.Sqrt(drawn.Average(d => (d.Value - expected) * (d.Value - expected)));
        var claimed = Math.Sqrt(drawn.Average(d => Math.Pow(Math.Max(d.Interval.High - d.Value, d.Value - d.Interval.Low) / StudentT.Quantile(0.975, blocks - 1), 2)));
        return new(drawn.Average(d => d.Interval.Contains(expected) ? 1 : 0.0), claimed / error);
    }

    private static double Last(BitMask[] circuits) => ExponentialAverage.Of([.. circuits.Zip(circuits.Skip(1), (a, b) => a.OverlapWith(b).Jaccard)])[^1];
}
