using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

public sealed class EdgeBootstrapTests
{
    [Fact]
    public void Combine_WeightedBlocks_IsTheMeanOverTheirExamples()
    {
        var graph = new CircuitGraph(new GraphShape(3, 8, Parallel: true, 8));
        var random = new Random(3);
        double[][] sums = [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, graph.Edges).Select(_ => random.NextDouble() - 0.5).ToArray())];
        var scores = new BlockScores(graph, sums, [2, 3, 5]);
        var combined = new float[graph.Edges];
        BlockMeans.Of(scores).Combine([2, 0, 1], combined);
        for (var e = 0; e < graph.Edges; e++)
        {
            // nine examples: the first block's twice, the last one's once
            Assert.Equal(((2 * sums[0][e]) + sums[2][e]) / 9, combined[e], 1e-6);
        }

        BlockMeans.Of(scores).Combine([1, 1, 1], combined);
        Assert.Equal(scores.Mean(), combined, (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Theory]
    [InlineData(SelectionRule.Greedy, true)]
    [InlineData(SelectionRule.Greedy, false)]
    [InlineData(SelectionRule.TopN, true)]
    [InlineData(SelectionRule.TopN, false)]
    public void Ranking_OfSomeEdges_IsTheBeginningOfTheWhole(SelectionRule rule, bool absolute)
    {
        var random = new Random(4);
        float[] scores = [.. Enumerable.Range(0, SimulatedBlocks.Graph.Edges).Select(_ => random.Next(-9, 10) / 4f)];
        var whole = EdgeRanking.Create(SimulatedBlocks.Graph, scores, rule, absolute).Order;
        foreach (var count in (int[])[0, 1, 7, 40, whole.Length, whole.Length + 5])
        {
            Assert.Equal(whole.Take(count), EdgeRanking.Create(SimulatedBlocks.Graph, scores, rule, absolute, count).Order);
        }
    }

    [Theory]
    [InlineData(SelectionRule.Greedy, true)]
    [InlineData(SelectionRule.TopN, false)]
    public void Run_EqualsSelectingFromEveryResampleAgain(SelectionRule rule, bool absolute)
    {
        var means = SimulatedBlocks.Draw(SimulatedBlocks.Means(1), 1.5, new Random(2), blocks: 6);
        var options = new BootstrapOptions { Resamples = 40, Seed = 9 };
        var found = EdgeBootstrap.Run(means, [[0], [2], [4]], new CircuitRule(rule, absolute, 12), options);

        var counts = new int[SimulatedBlocks.Graph.Edges];
        for (var r = 0; r < options.Resamples; r++)
        {
            var weights = BlockResamples.Weights(6, [[0], [2], [4]], r, seed: 9);
            Assert.Equal((3, 0), (weights.Sum(), weights[1] + weights[3] + weights[5]));
            var scores = new float[SimulatedBlocks.Graph.Edges];
            means.Combine(weights, scores);
            foreach (var edge in EdgeRanking.Create(SimulatedBlocks.Graph, scores, rule, absolute).Select(12).EdgeIndices())
            {
                counts[edge]++;
            }
        }

        Assert.Equal(counts.Select(c => c / 40.0), found.Inclusion);
        Assert.Equal(SimulatedBlocks.Graph.Edges, Enum.GetValues<EdgeVerdict>().Sum(found.Count));
        Assert.Equal(counts.Count(c => c >= 38), found.Count(EdgeVerdict.Certified));
        Assert.Equal(counts.Count(c => c <= 2), found.Count(EdgeVerdict.Rejected));
    }

    /// <summary>Blocks of a unit are drawn together, and as many units are drawn as there are.</summary>
    [Fact]
    public void Weights_OfUnits_DrawAllBlocksOfAUnitAlike()
    {
        var drawn = new HashSet<int>();
        for (var r = 0; r < 100; r++)
        {
            var weights = BlockResamples.Weights(7, [[0, 5], [1], [2, 3, 6]], r, seed: 2);
            Assert.Equal((weights[0], weights[2], weights[2], 0), (weights[5], weights[3], weights[6], weights[4]));
            Assert.Equal(3, weights[0] + weights[1] + weights[2]);
            drawn.Add((16 * weights[0]) + (4 * weights[1]) + weights[2]);
        }

        // 3 draws of 3 units come out in ten ways
        Assert.Equal(10, drawn.Count);
    }

    /// <summary>The error of a mean over n units is that of their means, s·√(1/n), however many blocks a unit has.</summary>
    [Fact]
    public void StandardErrors_OfUnitsOfTwoBlocks_AreThoseOfTheMeanOverUnits()
    {
        var means = SimulatedBlocks.Draw(SimulatedBlocks.Means(1), 1, new Random(5), blocks: 16);
        ImmutableArray<ImmutableArray<int>> units = [.. Enumerable.Range(0, 8).Select(u => (ImmutableArray<int>)[u, 15 - u])];
        var found = EdgeBootstrap.Run(means, units, SimulatedBlocks.Rule, new BootstrapOptions { Resamples = 4000 });
        var ratios = Enumerable.Range(0, SimulatedBlocks.Graph.Edges).Select(e =>
        {
            double[] values = [.. units.Select(u => (Score(u[0], e) + Score(u[1], e)) / 2)];
            var mean = values.Average();
            return found.StandardErrors[e] / Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / 7 / 8);
        }).ToList();
        Assert.All(ratios, ratio => Assert.InRange(ratio, 0.93, 1.07));
        Assert.InRange(ratios.Average(), 0.99, 1.01);

        double Score(int block, int edge)
        {
            var scores = new float[SimulatedBlocks.Graph.Edges];
            means.Combine([.. Enumerable.Range(0, 16).Select(b => b == block ? 1 : 0)], scores);
            return scores[edge];
        }
    }

    [Fact]
    public void StandardErrors_OfEqualBlocks_AreThoseOfAMean()
    {
        var means = SimulatedBlocks.Draw(SimulatedBlocks.Means(1), 1, new Random(5));
        var found = EdgeBootstrap.Run(means, SimulatedBlocks.All(means), SimulatedBlocks.Rule, new BootstrapOptions { Resamples = 4000 });
        var ratios = new List<double>();
        for (var e = 0; e < SimulatedBlocks.Graph.Edges; e++)
        {
            var weights = new int[32];
            var block = new float[SimulatedBlocks.Graph.Edges];
            var values = new double[32];
            for (var b = 0; b < 32; b++)
            {
                weights.AsSpan().Clear();
                weights[b] = 1;
                means.Combine(weights, block);
                values[b] = block[e];
            }

            var mean = values.Average();
            ratios.Add(found.StandardErrors[e] / Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / 31 / 32));
        }

        Assert.All(ratios, ratio => Assert.InRange(ratio, 0.95, 1.05));
        Assert.InRange(ratios.Average(), 0.995, 1.005);
    }

    [Fact]
    public void Run_StrongSignalInNoise_CertifiesExactlyIt()
    {
        var means = new double[SimulatedBlocks.Graph.Edges];
        foreach (var edge in (string[])["input->m0", "m0->logits", "input->a0.h1<v>", "a0.h1->logits", "input->logits"])
        {
            means[GraphNames.FindEdge(SimulatedBlocks.Graph, edge)] = 3;
        }

        var blocks = SimulatedBlocks.Draw(means, 1, new Random(6));
        var found = EdgeBootstrap.Run(blocks, SimulatedBlocks.All(blocks), new CircuitRule(SelectionRule.Greedy, Absolute: true, 5));
        Assert.Equal(
            Enumerable.Range(0, means.Length).Where(e => means[e] > 0),
            Enumerable.Range(0, means.Length).Where(e => found[e] == EdgeVerdict.Certified));
        Assert.Equal(0, found.Count(EdgeVerdict.Uncertain));
        Assert.All(found.Stability, j => Assert.Equal(1, j));
    }

    [Fact]
    public void Run_NothingButNoise_CertifiesNothing()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var blocks = SimulatedBlocks.Draw(new double[SimulatedBlocks.Graph.Edges], 1, new Random(seed));
            var found = EdgeBootstrap.Run(blocks, SimulatedBlocks.All(blocks), new CircuitRule(SelectionRule.TopN, Absolute: true, 10));
            Assert.InRange(found.Count(EdgeVerdict.Certified), 0, 1);
            Assert.InRange(found.Stability.Average(), 0, 0.5);
        }
    }

    [Fact]
    public void Run_AnyNumberOfThreads_GivesTheSameBits()
    {
        var means = SimulatedBlocks.Draw(SimulatedBlocks.Means(1), 1, new Random(7));
        var one = Bits(1);
        Assert.Equal(one, Bits(2));
        Assert.Equal(one, Bits(5));

        string Bits(int threads)
        {
            var options = new BootstrapOptions { Threads = threads, SplitResamples = 20 };
            var edges = EdgeBootstrap.Run(means, SimulatedBlocks.All(means), SimulatedBlocks.Rule, options);
            var halves = SplitHalves.Create(SimulatedBlocks.Units(means), SimulatedBlocks.Rule.Budget, options);
            return string.Join(' ', [.. edges.StandardErrors, .. edges.Inclusion, .. edges.Stability, halves.Ceiling, .. halves.Resampled.Select(p => p.Within)]);
        }
    }

    [Fact]
    public void Run_TooFewBlocks_IsRefused()
    {
        var means = SimulatedBlocks.Draw(SimulatedBlocks.Means(1), 1, new Random(7), blocks: 3);
        Assert.Throws<ArgumentException>(() => EdgeBootstrap.Run(means, [[0, 1]], SimulatedBlocks.Rule));
        Assert.Throws<ArgumentException>(() => SplitHalves.Create(SimulatedBlocks.Units(means), SimulatedBlocks.Rule.Budget));
        Assert.Throws<ArgumentException>(() => new BlockMeans(SimulatedBlocks.Graph, [1, 2], [1]));
    }
}
