using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

/// <summary>The permutation test against plain enumerations of what can be exchanged, in float64.</summary>
public sealed class ExchangeTestTests
{
    private static readonly CircuitGraph graph = SimulatedBlocks.Graph;

    public static TheoryData<int, SelectionRule, bool, double> Cases
    {
        get
        {
            var data = new TheoryData<int, SelectionRule, bool, double>();
            for (var seed = 0; seed < 4; seed++)
            {
                data.Add(seed, seed % 2 == 0 ? SelectionRule.Greedy : SelectionRule.TopN, seed < 3, seed == 0 ? 0 : 0.6);
            }

            return data;
        }
    }

    /// <summary>Six pairs of units, of two blocks that aren't neighbours or of one: 64 ways to swap.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void PValue_OfPairs_IsTheShareOfAllSwapsThatAreAsDissimilar(int seed, SelectionRule rule, bool absolute, double shift)
    {
        ImmutableArray<ImmutableArray<int>> units = [[0, 7], [1], [2, 5], [3], [4, 8], [6]];
        var (first, second) = (Cell(seed, 9, units, rule, absolute, 0), Cell(seed + 100, 9, units, rule, absolute, shift, strength: 30));
        bool[][] sides =
        [
            .. Enumerable.Range(0, 64).Select(bits => (bool[])[.. Enumerable.Range(0, 6).Select(u => ((bits >> u) & 1) == 0), .. Enumerable.Range(0, 6).Select(u => ((bits >> u) & 1) == 1)]),
        ];
        foreach (var budgets in (ImmutableArray<int>[])[[8], [5, 14]])
        {
            Assert.Equal(Share(first, second, budgets, sides), ExchangeTest.PValue(first, second, budgets, isPaired: true), 12);
        }
    }

    /// <summary>Three and five units: 56 ways to deal them.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void PValue_OfOtherPrompts_IsTheShareOfAllDealsThatAreAsDissimilar(int seed, SelectionRule rule, bool absolute, double shift)
    {
        var first = Cell(seed, 5, [[0, 3], [1, 4], [2]], rule, absolute, 0);
        var second = Cell(seed + 100, 6, [[0], [1, 5], [2], [3], [4]], rule, absolute, shift, strength: 0.1);
        bool[][] sides = [.. Enumerable.Range(0, 256).Select(bits => Enumerable.Range(0, 8).Select(u => ((bits >> u) & 1) == 1).ToArray()).Where(side => side.Count(s => s) == 3)];
        Assert.Equal(56, sides.Length);
        foreach (var budgets in (ImmutableArray<int>[])[[8], [5, 14]])
        {
            Assert.Equal(Share(first, second, budgets, sides), ExchangeTest.PValue(first, second, budgets, isPaired: false), 12);
        }
    }

    /// <summary>
    /// Cells that share nothing, and whose units, once one is exchanged, all give the same circuit: the least p that so many units can have.
    /// </summary>
    [Theory]
    [InlineData(1, 1, true, 1)]
    [InlineData(2, 2, true, 1.0 / 2)]
    [InlineData(5, 5, true, 1.0 / 16)]
    [InlineData(6, 6, true, 1.0 / 32)]
    [InlineData(7, 7, true, 1.0 / 64)]
    [InlineData(2, 2, false, 1.0 / 3)]
    [InlineData(4, 4, false, 1.0 / 35)]
    [InlineData(5, 5, false, 1.0 / 126)]
    [InlineData(3, 5, false, 1.0 / 56)]
    [InlineData(6, 2, false, 1.0 / 28)]
    [InlineData(20, 20, true, 1.0 / 1000)]
    [InlineData(12, 20, false, 1.0 / 1000)]
    public void LeastPValue_IsWhatCellsThatShareNothingGive(int first, int second, bool isPaired, double expected)
    {
        Assert.Equal(expected, ExchangeTest.LeastPValue(first, second, isPaired), 12);
        var p = ExchangeTest.PValue(Apart(first, "a0.h0", "a0.h2"), Apart(second, "a0.h1", "m0"), [4], isPaired);
        Assert.Equal(expected, p, 12);
    }

    /// <summary>Permutations end early only where all 999 come to more than 2.5 % too; otherwise p is theirs.</summary>
    [Fact]
    public void PValue_OfManyUnits_EndsEarlyOnlyAboveTheLevel()
    {
        int atMost = 0, above = 0, ended = 0;
        var units = SimulatedBlocks.Each(14);
        for (var seed = 0; seed < 24; seed++)
        {
            var first = Cell(seed, 14, units, SelectionRule.TopN, absolute: true, 0);
            var second = Cell(seed + 100, 14, units, SelectionRule.TopN, absolute: true, 0.04 * seed);
            bool[][] sides =
            [
                .. Enumerable.Range(0, ExchangeTest.Permutations).Select(i =>
                {
                    var draws = new Draws(seed: 3, stream: (1 << 25) + i);
                    bool[] swapped = [.. Enumerable.Range(0, 14).Select(_ => draws.Next(2) == 1)];
                    return (bool[])[.. swapped.Select(s => !s), .. swapped];
                }),
            ];
            var full = (1 + (Share(first, second, [12], sides) * sides.Length)) / (1 + sides.Length);
            var found = ExchangeTest.PValue(first, second, [12], isPaired: true, new BootstrapOptions { Seed = 3 });
            Assert.Equal(full <= CircuitDifference.Level, found <= CircuitDifference.Level);
            if (full <= CircuitDifference.Level)
            {
                Assert.Equal(full, found, 12);
                atMost++;
            }
            else
            {
                above++;
                ended += Math.Abs(full - found) > 1e-9 ? 1 : 0;
            }
        }

        Assert.True(atMost > 3 && above > 3 && ended > 2, $"{atMost} at most, {above} above, {ended} ended");
    }

    [Fact]
    public void PValue_AnyNumberOfThreads_IsTheSame()
    {
        var units = SimulatedBlocks.Each(16);
        var (first, second) = (Cell(1, 16, units, SelectionRule.Greedy, absolute: true, 0), Cell(101, 16, units, SelectionRule.Greedy, absolute: true, 0.3));
        foreach (var isPaired in (bool[])[true, false])
        {
            var one = ExchangeTest.PValue(first, second, [8, 12], isPaired, new BootstrapOptions { Threads = 1 });
            Assert.Equal(one, ExchangeTest.PValue(first, second, [8, 12], isPaired, new BootstrapOptions { Threads = 5 }));
        }
    }

    /// <summary>Other prompts of the same truth, ten units each: 5 % or less come out at 5 %, and 2.5 % or less at 2.5 %, at small circuits and large ones.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(15)]
    [InlineData(40)]
    public void PValue_OfTheSameTruth_IsSeldomSmall(int budget)
    {
        const int experiments = 300;
        var truth = SimulatedBlocks.Means(5);
        var small = Enumerable.Range(0, experiments).AsParallel().Count(seed =>
        {
            var random = new Random(seed);
            var (first, second) = (SimulatedBlocks.Units(SimulatedBlocks.Draw(truth, 1, random, 10)), SimulatedBlocks.Units(SimulatedBlocks.Draw(truth, 1, random, 10)));
            return ExchangeTest.PValue(first, second, [budget], isPaired: false, new BootstrapOptions { Threads = 1 }) <= CircuitDifference.Level;
        });

        // the 99.9 % quantile of so many draws at 2.5 %
        Assert.InRange(small, 0, 17);
    }

    /// <summary>Scores of a cell: known means, a share of which is another's, times a strength, and noise.</summary>
    private static UnitScores Cell(int seed, int blocks, ImmutableArray<ImmutableArray<int>> units, SelectionRule rule, bool absolute, double shift, double strength = 1)
    {
        var random = new Random(seed);
        var (truth, other) = (SimulatedBlocks.Means(5), SimulatedBlocks.Means(6));
        ImmutableArray<float> means =
            [.. Enumerable.Range(0, blocks).SelectMany(_ => truth.Zip(other, (t, o) => (float)(strength * (((1 - shift) * t) + (shift * o) - 0.3 + (0.4 * SimulatedBlocks.Gaussian(random))))))];
        return new(new(graph, means, [.. Enumerable.Range(0, blocks).Select(b => 2 + (b % 3))]), units, new(rule, absolute, Budget: 1));
    }

    /// <summary>Every unit has one head's edges strongly and another's weakly, so that four edges are these two heads'.</summary>
    private static UnitScores Apart(int units, string strong, string weak)
    {
        var scores = new float[graph.Edges];
        foreach (var (node, score) in ((string, float)[])[(strong, 1), (weak, 0.01f)])
        {
            scores[GraphNames.FindEdge(graph, node.StartsWith('m') ? $"input->{node}" : $"input->{node}<v>")] = score;
            scores[GraphNames.FindEdge(graph, $"{node}->logits")] = score;
        }

        return new(
            new(graph, [.. Enumerable.Range(0, units).SelectMany(_ => scores)], [.. Enumerable.Repeat(3, units)]), SimulatedBlocks.Each(units), new(SelectionRule.TopN, Absolute: true, Budget: 1));
    }

    /// <summary>In how many ways of giving units to sides the circuits are no more alike than as the cells are.</summary>
    private static double Share(UnitScores first, UnitScores second, ImmutableArray<int> budgets, bool[][] sides)
    {
        var scaled = new Dictionary<UnitScores, (float[][] Blocks, double Whole)> { [first] = Scores(first), [second] = Scores(second) };
        var own = Similarity([.. first.Units.Select(_ => true), .. second.Units.Select(_ => false)]);
        return (double)sides.Count(side => Similarity(side) <= own + 1e-9) / sides.Length;

        double Similarity(bool[] isFirst)
        {
            var (one, other) = (Mean(isFirst, side: true), Mean(isFirst, side: false));
            var sum = 0.0;
            foreach (var budget in budgets)
            {
                var a = EdgeRanking.Create(graph, one, first.Rule.Rule, first.Rule.Absolute).Select(budget).EdgeIndices().ToHashSet();
                var b = EdgeRanking.Create(graph, other, second.Rule.Rule, second.Rule.Absolute).Select(budget).EdgeIndices().ToHashSet();
                sum += a.Count + b.Count == 0 ? 0 : (double)a.Intersect(b).Count() / a.Union(b).Count();
            }

            return sum / budgets.Length;
        }

        // the mean over one side's examples, of scores over what all of their cell's examples have in sum
        float[] Mean(bool[] isFirst, bool side)
        {
            var (sums, count, unit) = (new double[graph.Edges], 0, 0);
            foreach (var cell in (UnitScores[])[first, second])
            {
                var (blocks, whole) = scaled[cell];
                foreach (var block in cell.Units.Where(_ => isFirst[unit++] == side).SelectMany(u => u))
                {
                    count += cell.Means.Counts[block];
                    for (var e = 0; e < graph.Edges; e++)
                    {
                        sums[e] += cell.Means.Counts[block] * blocks[block][e] / whole;
                    }
                }
            }

            return [.. sums.Select(sum => (float)(sum / count))];
        }
    }

    /// <summary>The mean scores of every block, and Σ|mean| over all blocks' examples.</summary>
    private static (float[][] Blocks, double Whole) Scores(UnitScores cell)
    {
        var means = cell.Means;
        float[][] blocks = [.. Enumerable.Range(0, means.Blocks).Select(b => Combine([.. Enumerable.Range(0, means.Blocks).Select(other => other == b ? 1 : 0)]))];
        var examples = means.Counts.Sum();
        var whole = 0.0;
        for (var e = 0; e < graph.Edges; e++)
        {
            whole += Math.Abs(Enumerable.Range(0, means.Blocks).Sum(b => (double)means.Counts[b] * blocks[b][e]) / examples);
        }

        return (blocks, whole);

        float[] Combine(int[] weights)
        {
            var scores = new float[graph.Edges];
            means.Combine(weights, scores);
            return scores;
        }
    }
}
