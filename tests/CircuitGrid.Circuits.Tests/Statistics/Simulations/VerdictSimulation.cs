using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>
/// Verdicts on pairs of cells whose truth is known. Edges are each 8 % weaker than the next stronger one, so that few are strong and many weak; blocks scatter by the prompts in them and, where templates are sampled, by their
/// template. In one kind of pair nothing differs but what was drawn, in the other every second of the strongest edges has the strength of a weak one and the other way round.
/// </summary>
internal static class VerdictSimulation
{
    /// <summary>Common sizes of the circuits.</summary>
    public static readonly ImmutableArray<int> Sizes = [3, 5, 10, 20, 40];

    private const int Templates = 12;
    private const int Blocks = 24;
    private const double PromptNoise = 0.6;
    private const double TemplateNoise = 0.5;

    private static readonly CircuitGraph Graph = new(new GraphShape(3, 3, Parallel: true, 8));

    private static readonly BootstrapOptions Options = Simulated.Options with { Splits = 25, SplitResamples = 50 };

    /// <summary>The verdicts on pairs.</summary>
    /// <param name="pairs">How many pairs are drawn.</param>
    /// <param name="size">Common size of the circuits.</param>
    /// <param name="byTemplates">Whether units are templates of two blocks each, which scatter by themselves, or single blocks.</param>
    /// <param name="isSame">Whether nothing differs.</param>
    public static DifferenceVerdict[] Run(int pairs, int size, bool byTemplates, bool isSame)
    {
        var truth = Means();
        var other = isSame ? truth : Moved(truth, size);
        return
        [
            .. Enumerable.Range(0, pairs).AsParallel().AsOrdered().Select(seed =>
            {
                var random = new Random((1000 * size) + seed);
                var rule = new CircuitRule(SelectionRule.Greedy, Absolute: true, size);
                var units = byTemplates ? new BlockUnits([.. Enumerable.Range(0, Blocks).Select(b => b / 2)]) : BlockUnits.Each(Blocks);
                var groups = units.Groups(Enumerable.Range(0, Blocks));
                UnitScores first = new(Draw(truth, byTemplates, random), groups, rule), second = new(Draw(other, byTemplates, random), groups, rule);
                var noise = NoiseComparison.Of(
                    [SplitHalves.Create(first, size, Options)],
                    [SplitHalves.Create(second, size, Options)],
                    () => ExchangeTest.PValue(first, second, [size], isPaired: false, Options),
                    ExchangeTest.LeastPValue(groups.Length, groups.Length, isPaired: false));
                return CircuitDifference.Judge(haveCircuits: true, noise);
            }),
        ];
    }

    private static double[] Means()
    {
        double[] means = [.. Enumerable.Range(0, Graph.Edges).Select(rank => 0.05 + (4 * Math.Pow(0.92, rank)))];
        new Random(5).Shuffle(means);
        return means;
    }

    /// <summary>Every second of the edges of the circuit's size changes places with a weak one.</summary>
    private static double[] Moved(double[] truth, int size)
    {
        int[] order = [.. Enumerable.Range(0, truth.Length).OrderByDescending(e => truth[e])];
        var moved = truth.ToArray();
        for (var i = 0; i < size; i += 2)
        {
            (moved[order[i]], moved[order[^(i + 1)]]) = (truth[order[^(i + 1)]], truth[order[i]]);
        }

        return moved;
    }

    private static BlockMeans Draw(double[] truth, bool byTemplates, Random random)
    {
        var means = ImmutableArray.CreateBuilder<float>(Blocks * truth.Length);
        var effects = new double[truth.Length];
        for (var block = 0; block < Blocks; block++)
        {
            for (var e = 0; e < truth.Length; e++)
            {
                effects[e] = !byTemplates ? 0 : block % (Blocks / Templates) == 0 ? TemplateNoise * SimulatedBlocks.Gaussian(random) : effects[e];
                means.Add((float)(truth[e] + effects[e] + (PromptNoise * SimulatedBlocks.Gaussian(random))));
            }
        }

        return new(Graph, means.MoveToImmutable(), [.. Enumerable.Repeat(2, Blocks)]);
    }
}
