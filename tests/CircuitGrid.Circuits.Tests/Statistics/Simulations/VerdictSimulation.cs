using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>
/// Verdicts on pairs of cells whose truth is known. The strong edges lie on paths from input to logits, each edge 8 % weaker than the one before; blocks scatter by the prompts
/// in them and, where templates are sampled, by their template. In one kind of pair nothing differs but what was drawn; in the other every second path is another one.
/// </summary>
internal static class VerdictSimulation
{
    /// <summary>Common sizes of the circuits.</summary>
    public static readonly ImmutableArray<int> Sizes = [3, 5, 10, 20, 40];

    private const int Templates = 12;
    private const int Blocks = 24;
    private const int MostPaths = 1000;

    /// <summary>Of three edges, so that the smallest circuits hold one.</summary>
    private const int LongestPath = 3;

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
        var truth = Means(path => path);
        var other = isSame ? truth : Means(path => path % 2 == 0 ? path : MostPaths + path);
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

    /// <summary>Strengths by rank: the edges of one path from input to logits after the other, as circuits have them, each edge 8 % weaker than the one before.</summary>
    private static double[] Means(Func<int, int> pathSeed)
    {
        var ranks = new List<int>();
        for (var path = 0; ranks.Count < Graph.Edges && path < MostPaths; path++)
        {
            int[] edges = [.. Path(new Random(pathSeed(path)))];
            ranks.AddRange(edges.Length > LongestPath ? [] : edges.Where(edge => !ranks.Contains(edge)));
        }

        ranks.AddRange(Enumerable.Range(0, Graph.Edges).Except(ranks).ToArray());
        var means = new double[Graph.Edges];
        foreach (var (rank, edge) in ranks.Index())
        {
            means[edge] = 0.05 + (4 * Math.Pow(0.92, rank));
        }

        return means;
    }

    /// <summary>The edges of a random path from the logits back to the input.</summary>
    private static IEnumerable<int> Path(Random random)
    {
        for (var slot = Graph.LogitsSlot; ;)
        {
            var source = random.Next(Graph.SourcesOf(slot));
            yield return Graph.Edge(source, slot);
            if (source == 0)
            {
                yield break;
            }

            slot = random.GetItems(Graph.SlotsOfNode(source).ToArray(), 1)[0];
        }
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
