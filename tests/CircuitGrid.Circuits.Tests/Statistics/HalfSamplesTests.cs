using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

public sealed class HalfSamplesTests
{
    [Fact]
    public void Circuits_AreThoseOfHalvesOfTheBlocksAlone_TheSameOnesInEveryCell()
    {
        // the mean score of a block says which one it is: a circuit of one edge shows the half it was found on
        var graph = SimulatedBlocks.Graph;
        ImmutableArray<ImmutableArray<int>> from = [[0], [2, 4], [3], [5], [6], [8]];
        var edges = Enumerable.Range(0, graph.Edges).ToArray();
        BlockMeans Cell(int seed) => new(graph, [.. Enumerable.Range(0, 9).SelectMany(b => edges.Select(e => (float)new Random((1000 * seed) + (100 * b) + e).NextDouble()))], [.. Enumerable.Repeat(2, 9)]);
        var options = new BootstrapOptions { HalfSamples = 30, Seed = 4, Threads = 2 };
        foreach (var cell in (BlockMeans[])[Cell(1), Cell(2)])
        {
            var circuits = HalfSamples.Circuits(cell, from, SimulatedBlocks.Rule, options);
            Assert.Equal(30, circuits.Length);
            for (var half = 0; half < 30; half++)
            {
                var weights = BlockResamples.Subset(9, from, 3, half, seed: 4);
                Assert.Equal((3, 0), (weights.Sum() - weights[4], weights[1] + weights[7]));
                Assert.Equal(weights[2], weights[4]);
                Assert.Equal(SimulatedBlocks.Rule.Select(cell, weights, new float[graph.Edges]).Indices(), circuits[half].Indices());
            }

            Assert.True(circuits.Select(c => string.Join(' ', c.Indices())).Distinct().Count() > 10);
        }

        Assert.Throws<ArgumentException>(() => HalfSamples.Circuits(Cell(1), [[0, 3], [1], [2]], SimulatedBlocks.Rule));
    }

    [Fact]
    public void Around_HasStudentsReachAndEndsWhereSimilaritiesEnd()
    {
        // standard deviation 0.1 of halves of 4 of 9 blocks: s = 0.1·√(4/5), and t with 8 degrees of freedom is 2.306004
        double[] halves = [0.4, 0.5, 0.6];
        var (low, high) = HalfSamples.Around(0.6, halves, 9);
        Assert.Equal(0.6 - (2.306004 * 0.1 * Math.Sqrt(0.8)), low, 1e-6);
        Assert.Equal(0.6 + (2.306004 * 0.1 * Math.Sqrt(0.8)), high, 1e-6);
        Assert.Equal((0.0, 1.0), (HalfSamples.Around(0.1, halves, 9).Low, HalfSamples.Around(0.9, halves, 9).High));
        Assert.Equal(new Interval(0.7, 0.7), HalfSamples.Around(0.7, [0.5, 0.5], 4));
        Assert.Throws<ArgumentException>(() => HalfSamples.Around(0.5, [0.5], 9));
        Assert.Throws<ArgumentException>(() => HalfSamples.Around(0.5, halves, 3));
    }
}
