using System.Collections.Immutable;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tests.Statistics.Simulations;

namespace CircuitGrid.Circuits.Tests.Statistics;

public sealed class NoiseComparisonTests
{
    private static readonly BootstrapOptions quick = new() { Splits = 20, SplitResamples = 40 };

    [Fact]
    public void Halves_OfAResample_AreDisjointAndCoverIt()
    {
        for (var split = 0; split < 50; split++)
        {
            var units = SimulatedBlocks.Each(9);
            var weights = BlockResamples.Subset(9, units, 6, split, seed: 3);
            Assert.Equal(6, weights.Sum());
            var (first, second) = BlockResamples.Halves(weights, units, split, seed: 3);
            Assert.Equal(weights, first.Zip(second, (a, b) => a + b));
            Assert.Equal((3, 3), (first.Sum(), second.Sum()));
            Assert.All(first.Zip(second), p => Assert.Equal(0, p.First * p.Second));
        }
    }

    [Fact]
    public void Halves_OfUnits_CutNoUnit()
    {
        ImmutableArray<ImmutableArray<int>> units = [[0, 4], [1], [2, 3, 7], [5], [6, 8]];
        var seen = new HashSet<string>();
        for (var split = 0; split < 60; split++)
        {
            var weights = BlockResamples.Subset(9, units, 4, split, seed: 3);
            var (first, second) = BlockResamples.Halves(weights, units, split, seed: 3);
            foreach (var unit in units)
            {
                Assert.Single(unit.Select(b => (weights[b], first[b], second[b])).Distinct());
            }

            Assert.Equal(weights, first.Zip(second, (a, b) => a + b));
            Assert.Equal((4, 2, 2), (units.Sum(u => weights[u[0]]), units.Sum(u => first[u[0]]), units.Sum(u => second[u[0]])));
            seen.Add(string.Join(' ', first));
        }

        // every two of the five units
        Assert.Equal(10, seen.Count);
    }

    [Fact]
    public void Ceiling_OfFourBlocks_IsTheMeanOverTheirThreeHalvings()
    {
        var means = SimulatedBlocks.Draw(SimulatedBlocks.Means(2), 1, new Random(1), blocks: 4);
        int[][] halvings = [[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]];
        var buffer = new float[SimulatedBlocks.Graph.Edges];
        var exact = halvings.Average(h => Select(h).OverlapWith(Select([.. h.Select(w => 1 - w)])).Jaccard);
        Assert.Equal(exact, SplitHalves.Create(SimulatedBlocks.Units(means), SimulatedBlocks.Rule.Budget, new BootstrapOptions { Splits = 6000, SplitResamples = 1 }).Ceiling, 0.01);

        BitMask Select(int[] weights) => SimulatedBlocks.Rule.Select(means, weights, buffer);
    }

    /// <summary>At one size and at two, where every number is the mean of both sizes'.</summary>
    [Theory]
    [InlineData(new[] { 15 })]
    [InlineData(new[] { 9, 20 })]
    public void Of_AcrossTwoCells_ComparesEachHalfWithTheOtherCellsOtherHalf(int[] budgets)
    {
        var (a, b) = (Draw(SimulatedBlocks.Means(2), 1), Draw(SimulatedBlocks.Means(3), 2));
        var found = PairedComparison.Of(SimulatedBlocks.Units(a), SimulatedBlocks.Units(b), quick, [.. budgets]);

        double across = 0, withinFirst = 0, withinSecond = 0, difference = 0;
        var buffer = new float[SimulatedBlocks.Graph.Edges];
        foreach (var budget in budgets)
        {
            double acrossHere = 0, firstHere = 0, secondHere = 0;
            for (var split = 0; split < quick.Splits; split++)
            {
                var (one, other) = BlockResamples.Halves([.. Enumerable.Repeat(1, 32)], SimulatedBlocks.Each(32), split, quick.Seed);
                var (a1, a2, b1, b2) = (Select(a, one), Select(a, other), Select(b, one), Select(b, other));
                acrossHere += (Jaccard(a1, b2) + Jaccard(a2, b1)) / 2 / quick.Splits;
                firstHere += Jaccard(a1, a2) / quick.Splits;
                secondHere += Jaccard(b1, b2) / quick.Splits;
            }

            across += acrossHere / budgets.Length;
            withinFirst += firstHere / budgets.Length;
            withinSecond += secondHere / budgets.Length;
            difference += (acrossHere - Math.Sqrt(firstHere * secondHere)) / budgets.Length;

            BitMask Select(BlockMeans means, int[] weights) => (SimulatedBlocks.Rule with { Budget = budget }).Select(means, weights, buffer);
        }

        Assert.Equal(budgets, found.Budgets);
        Assert.Equal(across, found.Across, 12);
        Assert.Equal(withinFirst, found.WithinFirst, 12);
        Assert.Equal(withinSecond, found.WithinSecond, 12);
        Assert.Equal(difference, found.Difference, 12);
        Assert.Equal(across - difference, found.Ceiling, 12);
        Assert.Equal(across / (across - difference), found.OfCeiling, 12);
        Assert.Equal(found.Difference, (found.DifferenceInterval.Low + found.DifferenceInterval.High) / 2, 12);
    }

    /// <summary>
    /// The standard error from what splits and resamples gave, written out: resamples are 20 of 32 units, and Student's quantiles with 31 degrees of freedom are
    /// 2.039513 (97.5 %) and 0.853370 (80 %).
    /// </summary>
    [Fact]
    public void Of_AtTwoSizes_HasTheErrorOfTheMeanOverThem()
    {
        var (first, second) = (SimulatedBlocks.Units(Draw(SimulatedBlocks.Means(2), 1)), SimulatedBlocks.Units(Draw(SimulatedBlocks.Means(3), 2)));
        var (a, b) = (PairedComparison.Halves(first, [9, 20], quick), PairedComparison.Halves(second, [9, 20], quick));
        var found = NoiseComparison.Of(a, b, () => 0.001, 0.001);

        double[] splits = [.. Enumerable.Range(0, quick.Splits).Select(i => (At(a[0].Splits[i], b[0].Splits[i]) + At(a[1].Splits[i], b[1].Splits[i])) / 2)];
        double[][] resamples =
        [
            .. Enumerable.Range(0, quick.SplitResamples).Select(r => Enumerable.Range(4 * r, 4).Select(i => (At(a[0].Resampled[i], b[0].Resampled[i]) + At(a[1].Resampled[i], b[1].Resampled[i])) / 2).ToArray()),
        ];
        var examples = Math.Max(0, Variance([.. resamples.Select(r => r.Average())]) - (resamples.Average(Variance) / 4)) * 20 / 12;
        var error = Math.Sqrt((Variance(splits) / splits.Length) + examples);
        Assert.True(error > 0);
        Assert.Equal(found.Difference - (2.039513 * error), found.DifferenceInterval.Low, 1e-6);
        Assert.Equal(found.Difference + (2.039513 * error), found.DifferenceInterval.High, 1e-6);
        Assert.Equal((2.039513 + 0.853370) * error, found.SmallestShown, 1e-6);

        static double At(SplitHalves.CircuitPair one, SplitHalves.CircuitPair other) =>
            ((Jaccard(one.First, other.Second) + Jaccard(one.Second, other.First)) / 2) - Math.Sqrt(Jaccard(one.First, one.Second) * Jaccard(other.First, other.Second));

        static double Variance(double[] values) => values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Length - 1);
    }

    [Fact]
    public void Of_ACellAndItself_IsTheSame()
    {
        var scores = SimulatedBlocks.Units(Draw(SimulatedBlocks.Means(2), 0.5));
        var found = PairedComparison.Of(scores, scores, quick);
        Assert.Equal((0, 1), (found.Difference, found.PValue));
        Assert.Equal(DifferenceVerdict.Same, CircuitDifference.Judge(haveCircuits: true, found));

        // circuits that share less than half with themselves can't be called the same as anything
        Assert.Equal(DifferenceVerdict.Undecided, CircuitDifference.Judge(haveCircuits: true, found with { Across = 0.49 - found.Ceiling + found.Across, Ceiling = 0.49 }));
    }

    [Fact]
    public void Of_QuiteOtherMeans_IsDifferent()
    {
        var found = PairedComparison.Of(SimulatedBlocks.Units(Draw(SimulatedBlocks.Means(2), 0.5)), SimulatedBlocks.Units(Draw(SimulatedBlocks.Means(3), 0.6)), quick);

        // both tests are as sure as they can be
        Assert.Equal(0.001, found.PValue, 12);
        Assert.Equal(DifferenceVerdict.Different, CircuitDifference.Judge(haveCircuits: true, found));
    }

    /// <summary>The p is the larger of two, and permutations are only made where Student's is small.</summary>
    [Fact]
    public void Of_AnExchangeTest_IsAskedWhereTheIntervalDoesntReachZero()
    {
        var (a, b) = (SimulatedBlocks.Units(Draw(SimulatedBlocks.Means(2), 0.5)), SimulatedBlocks.Units(Draw(SimulatedBlocks.Means(3), 0.6)));
        var (first, second) = (PairedComparison.Halves(a, [15], quick), PairedComparison.Halves(b, [15], quick));
        Assert.Equal(0.4, NoiseComparison.Of(first, second, () => 0.4, 0.001).PValue);
        Assert.Equal(DifferenceVerdict.Undecided, CircuitDifference.Judge(haveCircuits: true, NoiseComparison.Of(first, second, () => 0.4, 0.001)));
        Assert.InRange(NoiseComparison.Of(first, second, () => 0, 0.001).PValue, double.Epsilon, 1e-4);
        Assert.Equal(1, NoiseComparison.Of(first, first, () => throw new InvalidOperationException(), 0.001).PValue);
    }

    /// <summary>Where no permutation can come to 2.5 %, no difference of any size would have been shown.</summary>
    [Theory]
    [InlineData(0.025, true)]
    [InlineData(0.0251, false)]
    public void SmallestShown_OfTooFewUnits_IsNoNumber(double leastPValue, bool isNumber)
    {
        var (first, second) = (SimulatedBlocks.Units(Draw(SimulatedBlocks.Means(2), 1)), SimulatedBlocks.Units(Draw(SimulatedBlocks.Means(3), 2)));
        var found = NoiseComparison.Of(PairedComparison.Halves(first, [15], quick), PairedComparison.Halves(second, [15], quick), () => 0.025, leastPValue);
        Assert.Equal(isNumber, !double.IsNaN(found.SmallestShown));

        // what the interval would show and the exchange doesn't isn't shown; and nothing less than an edge is
        var exchanged = NoiseComparison.Of(PairedComparison.Halves(first, [15], quick), PairedComparison.Halves(second, [15], quick), () => 0.3, 0.001);
        Assert.Equal((0.3, true), (exchanged.ExchangePValue, double.IsNaN(exchanged.SmallestShown)));
        var itself = NoiseComparison.Of(PairedComparison.Halves(first, [9, 15], quick), PairedComparison.Halves(first, [9, 15], quick), () => 0, 0.001);
        Assert.Equal(((2.0 / 10) + (2.0 / 16)) / 2, itself.SmallestShown, 12);
    }

    [Fact]
    public void Judge_AtTheBoundaries_IsAsDefined()
    {
        var noise = new NoiseComparison([15], 0.5, 0.5, 0.5, 0, new(-0.05, 0.05), 1, 0.1);
        Assert.Equal(DifferenceVerdict.Different, Judge(noise with { PValue = 0.025, DifferenceInterval = new(-0.05, -0.01) }));
        Assert.Equal(DifferenceVerdict.Same, Judge(noise with { PValue = 0.02501, DifferenceInterval = new(-0.05, -0.01) }));
        Assert.Equal(DifferenceVerdict.Same, Judge(noise));
        Assert.Equal(DifferenceVerdict.Same, Judge(noise with { DifferenceInterval = new(-0.0999, 0.3) }));
        Assert.Equal(DifferenceVerdict.Same, Judge(noise with { DifferenceInterval = new(0.1, 0.2) }));
        Assert.Equal(DifferenceVerdict.Undecided, Judge(noise with { DifferenceInterval = new(-0.1, 0.1) }));
        Assert.Equal(DifferenceVerdict.Undecided, Judge(noise with { PValue = 0.3, DifferenceInterval = new(-0.4, -0.2) }));
        Assert.Equal(DifferenceVerdict.TooFewBlocks, Judge(null));
        Assert.Equal(DifferenceVerdict.NoCircuit, CircuitDifference.Judge(haveCircuits: false, noise with { PValue = 0 }));
        Assert.Equal(DifferenceVerdict.NoCircuit, CircuitDifference.Judge(haveCircuits: false, null));

        static DifferenceVerdict Judge(NoiseComparison? comparison) => CircuitDifference.Judge(haveCircuits: true, comparison);
    }

    [Fact]
    public void Of_OtherResamplesOrSizes_IsRefused()
    {
        var scores = SimulatedBlocks.Units(Draw(SimulatedBlocks.Means(2), 1));
        var one = PairedComparison.Halves(scores, [12, 15], quick);
        Refused(PairedComparison.Halves(scores, [12, 15], quick with { Seed = 2 }));
        Refused(PairedComparison.Halves(scores, [12, 15], quick with { Splits = 3 }));
        Refused(PairedComparison.Halves(scores, [12, 15], quick with { SplitResamples = 3 }));
        Refused(PairedComparison.Halves(scores, [12, 16], quick));
        Refused(PairedComparison.Halves(scores, [12], quick));
        Assert.Throws<ArgumentException>(() => NoiseComparison.Of([], [], () => 1, 0.001));

        void Refused(SplitHalves[] other) => Assert.Throws<ArgumentException>(() => NoiseComparison.Of(one, other, () => 1, 0.001));
    }

    private static BlockMeans Draw(double[] means, double noise) => SimulatedBlocks.Draw(means, noise, new Random(1));

    private static double Jaccard(BitMask a, BitMask b) => (double)a.Indices().Intersect(b.Indices()).Count() / a.Indices().Union(b.Indices()).Count();
}
