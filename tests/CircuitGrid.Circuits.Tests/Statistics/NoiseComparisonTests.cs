using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

public sealed class NoiseComparisonTests
{
    private static readonly BootstrapOptions quick = new() { Splits = 20, SplitResamples = 40 };

    [Fact]
    public void Halves_OfAResample_AreDisjointAndCoverIt()
    {
        for (var split = 0; split < 50; split++)
        {
            var weights = BlockResamples.Subset(9, [0, 1, 2, 3, 4, 5, 6, 7, 8], 6, split, seed: 3);
            Assert.Equal(6, weights.Sum());
            var (first, second) = BlockResamples.Halves(weights, split, seed: 3);
            Assert.Equal(weights, first.Zip(second, (a, b) => a + b));
            Assert.Equal((3, 3), (first.Sum(), second.Sum()));
            Assert.All(first.Zip(second), p => Assert.Equal(0, p.First * p.Second));
        }
    }

    [Fact]
    public void Ceiling_OfFourBlocks_IsTheMeanOverTheirThreeHalvings()
    {
        var means = SimulatedBlocks.Draw(SimulatedBlocks.Means(2), 1, new Random(1), blocks: 4);
        int[][] halvings = [[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]];
        var buffer = new float[SimulatedBlocks.Graph.Edges];
        var exact = halvings.Average(h => Select(h).OverlapWith(Select([.. h.Select(w => 1 - w)])).Jaccard);
        Assert.Equal(exact, SplitHalves.Create(means, SimulatedBlocks.Rule, options: new BootstrapOptions { Splits = 6000, SplitResamples = 1 }).Ceiling, 0.01);

        BitMask Select(int[] weights) => SimulatedBlocks.Rule.Select(means, weights, buffer);
    }

    [Fact]
    public void Of_AcrossTwoCells_ComparesEachHalfWithTheOtherCellsOtherHalf()
    {
        var (a, b) = (Draw(SimulatedBlocks.Means(2), 1), Draw(SimulatedBlocks.Means(3), 2));
        var (first, second) = (SplitHalves.Create(a, SimulatedBlocks.Rule, options: quick), SplitHalves.Create(b, SimulatedBlocks.Rule, options: quick));
        var found = NoiseComparison.Of(first, second);

        double across = 0, within = 0;
        var buffer = new float[SimulatedBlocks.Graph.Edges];
        for (var split = 0; split < quick.Splits; split++)
        {
            var (one, other) = BlockResamples.Halves([.. Enumerable.Repeat(1, 32)], split, quick.Seed);
            var (a1, a2, b1, b2) = (Select(a, one), Select(a, other), Select(b, one), Select(b, other));
            across += (Jaccard(a1, b2) + Jaccard(a2, b1)) / 2 / quick.Splits;
            within += Jaccard(a1, a2) / quick.Splits;
        }

        Assert.Equal(across, found.Across, 12);
        Assert.Equal(within, found.WithinFirst, 12);
        Assert.Equal(second.Ceiling, found.WithinSecond, 12);
        Assert.Equal(across - Math.Sqrt(within * second.Ceiling), found.Difference, 12);
        Assert.Equal(across / found.Ceiling, found.OfCeiling, 12);
        Assert.Equal(found.Difference, (found.DifferenceInterval.Low + found.DifferenceInterval.High) / 2, 12);

        BitMask Select(BlockMeans means, int[] weights) => SimulatedBlocks.Rule.Select(means, weights, buffer);
    }

    [Fact]
    public void Of_ACellAndItself_IsWithinNoise()
    {
        var halves = SplitHalves.Create(Draw(SimulatedBlocks.Means(2), 4), SimulatedBlocks.Rule, options: quick);
        var found = NoiseComparison.Of(halves, halves);
        Assert.Equal((0, 1), (found.Difference, found.PValue));
        Assert.True(found.IsWithinNoise);
    }

    [Fact]
    public void Of_QuiteOtherMeans_IsBeyondNoise()
    {
        var found = NoiseComparison.Of(
            SplitHalves.Create(Draw(SimulatedBlocks.Means(2), 0.5), SimulatedBlocks.Rule, options: quick),
            SplitHalves.Create(Draw(SimulatedBlocks.Means(3), 0.6), SimulatedBlocks.Rule, options: quick));
        Assert.False(found.IsWithinNoise);
        Assert.InRange(found.PValue, 0, 1e-4);
        Assert.Equal(DifferenceVerdict.BeyondNoise, CircuitDifference.Judge(found));
        Assert.Equal(DifferenceVerdict.StructuralOnly, CircuitDifference.Judge(found, new(0.8, 0.95, 0.8)));
        Assert.Equal(DifferenceVerdict.Real, CircuitDifference.Judge(found, new(0.79, 0.95, 0.8)));
        Assert.Equal(DifferenceVerdict.Real, CircuitDifference.Judge(found, new(0.95, 0.5, 0.8)));
        Assert.Equal(DifferenceVerdict.Real, CircuitDifference.Judge(found, new(double.NaN, 0.95, 0.8)));
    }

    /// <summary>One circuit is the other and two more edges: with fixed sizes they differ, with halves that find theirs it is noise.</summary>
    [Fact]
    public void Of_CircuitsThatDifferInAnUncertainSize_IsWithinNoise()
    {
        var means = Draw(SimulatedBlocks.Means(2), 0.05);
        CircuitRule small = SimulatedBlocks.Rule with { Budget = 12 }, large = SimulatedBlocks.Rule with { Budget = 14 };
        Assert.False(NoiseComparison.Of(SplitHalves.Create(means, small, options: quick), SplitHalves.Create(means, large, options: quick)).IsWithinNoise);

        // half of the blocks call for 12 edges and half for 14, the larger number of them deciding
        static int Size(int[] weights) => weights.Take(16).Sum() >= weights.Skip(16).Sum() ? 12 : 14;
        static int Other(int[] weights) => weights.Take(16).Sum() > weights.Skip(16).Sum() ? 12 : 14;
        var (first, second) = (SplitHalves.Create(means, small, Size, quick), SplitHalves.Create(means, large, Other, quick));
        Assert.True(NoiseComparison.Of(first, second).IsWithinNoise);
    }

    [Fact]
    public void Judge_WithinNoise_NeedsNoEvaluation()
    {
        var noise = new NoiseComparison(0.5, 0.5, 0.5, 0, new(-0.1, 0.1), 1);
        Assert.Equal(DifferenceVerdict.WithinNoise, CircuitDifference.Judge(noise, new(0, 0, 0.8)));
        Assert.Equal(DifferenceVerdict.WithinNoise, CircuitDifference.Judge(noise with { DifferenceInterval = new(-0.1, 0) }));
        Assert.Equal(DifferenceVerdict.WithinNoise, CircuitDifference.Judge(noise with { DifferenceInterval = new(0.1, 0.2) }));
        Assert.Equal(DifferenceVerdict.NoCircuit, CircuitDifference.Judge(null, new(1, 1, 0.8)));
    }

    [Fact]
    public void Of_OtherResamples_IsRefused()
    {
        var means = Draw(SimulatedBlocks.Means(2), 1);
        var one = SplitHalves.Create(means, SimulatedBlocks.Rule, options: quick);
        Assert.Throws<ArgumentException>(() => NoiseComparison.Of(one, SplitHalves.Create(means, SimulatedBlocks.Rule, options: quick with { Seed = 2 })));
        Assert.Throws<ArgumentException>(() => NoiseComparison.Of(one, SplitHalves.Create(means, SimulatedBlocks.Rule, options: quick with { Splits = 3 })));
    }

    private static BlockMeans Draw(double[] means, double noise) => SimulatedBlocks.Draw(means, noise, new Random(1));

    private static double Jaccard(BitMask a, BitMask b) => (double)a.Indices().Intersect(b.Indices()).Count() / a.Indices().Union(b.Indices()).Count();
}
