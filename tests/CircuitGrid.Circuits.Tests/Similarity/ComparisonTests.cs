using CircuitGrid.Circuits.Similarity;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Circuits.Tests.Similarity;

public sealed class ComparisonTests
{
    /// <summary>Nominal parameters of pythia-70m … 2.8b, which the published table goes by.</summary>
    private static readonly double[] parameters = [70e6, 160e6, 410e6, 1.4e9, 2.8e9];

    /// <summary>The same with the tenfold slip for the last two that the published script has.</summary>
    private static readonly double[] scriptParameters = [70e6, 160e6, 410e6, 14e9, 28e9];

    /// <summary>Published mean numbers of nodes, method §8.3.</summary>
    private static readonly Dictionary<string, double[]> nodes = new(StringComparer.Ordinal)
    {
        ["ioi"] = [28.92, 43.26, 88.29, 46.64, 135.44],
        ["greater-than"] = [13.25, 17.32, 36.70, 35.04, 72.75],
        ["gendered-pronoun"] = [17.67, 23.70, 39.27, 56.56, 42.33],
        ["sva"] = [14.97, 34.66, 51.84, 93.94, 97.85],
    };

    [Theory]
    [InlineData("ioi", 0.727, 0.789, 0.743)]
    [InlineData("greater-than", 0.902, 0.941, 0.896)]
    [InlineData("gendered-pronoun", 0.607, 0.631, 0.868)]
    [InlineData("sva", 0.874, 0.890, 0.990)]
    public void Pearson_OfPublishedMeans_IsThePublishedTable(string task, double script, double trueSizes, double logarithm)
    {
        Assert.Equal(script, Correlation.Pearson(scriptParameters, nodes[task]), 0.0006);
        Assert.Equal(trueSizes, Correlation.Pearson(parameters, nodes[task]), 0.0006);
        Assert.Equal(logarithm, Correlation.Pearson([.. parameters.Select(p => Math.Log(p))], nodes[task]), 0.0006);
    }

    [Fact]
    public void Correlation_PairsInAnyOrder_IsTheSameToTheLastBit()
    {
        var pairs = Gen.Choose(-1000, 1000).Select(x => x / 7.0).Two().ListOf();
        Prop.ForAll(pairs.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (list, seed) =>
        {
            var shuffled = list.ToArray();
            new Random(seed).Shuffle(shuffled);
            return Bits(Correlation.Pearson, list).Equals(Bits(Correlation.Pearson, shuffled))
                && Bits(Correlation.Spearman, list).Equals(Bits(Correlation.Spearman, shuffled));
        }).QuickCheckThrowOnFailure();

        static long Bits(Statistic statistic, IList<(double, double)> of) =>
            BitConverter.DoubleToInt64Bits(statistic([.. of.Select(p => p.Item1)], [.. of.Select(p => p.Item2)]));
    }

    [Fact]
    public void Spearman_MonotoneAndTied_IsAsByHand()
    {
        Assert.Equal(1, Correlation.Spearman([1, 2, 3, 4], [1, 8, 27, 1000]), 12);
        Assert.Equal([1, 2.5, 2.5, 4], Correlation.Ranks([1, 5, 5, 9]));
        // ranks x 1 2.5 2.5 4, y 4 2 3 1: Σ(x−2.5)(y−2.5) = −4.5, Σ(x−2.5)² = 4.5, Σ(y−2.5)² = 5
        Assert.Equal(-4.5 / Math.Sqrt(4.5 * 5), Correlation.Spearman([1, 5, 5, 9], [9, 3, 4, 1]), 12);
    }

    [Fact]
    public void Pearson_WithoutVariation_IsNotANumber()
    {
        Assert.True(double.IsNaN(Correlation.Pearson([1], [2])));
        Assert.True(double.IsNaN(Correlation.Pearson([1, 1, 1], [2, 3, 4])));
        Assert.Throws<ArgumentException>(() => Correlation.Pearson([1, 2], [1]));
    }

    [Fact]
    public void ExponentialAverage_OfPublishedSeries_FollowsTheRecursion()
    {
        // raw edge Jaccard of 1.4b on SVA, method §8.4; averages by hand
        double[] raw = [0.129, 0.525, 0.775, 0.797];
        var averages = ExponentialAverage.Of(raw);
        Assert.Equal(0.129, averages[0]);
        Assert.Equal(0.327, averages[1], 12);
        Assert.Equal(0.551, averages[2], 12);
        Assert.Equal(0.674, averages[3], 12);
        Assert.Equal(averages[3], ExponentialAverage.Next(averages[2], raw[3]));
        Assert.Empty(ExponentialAverage.Of([]));
    }

    [Fact]
    public void WeightedJaccard_OfScores_IsAsByHand()
    {
        // weights 1/4 1/4 1/2 and 1/2 1/2 0: Σmin = 1/2, Σmax = 3/2
        Assert.Equal(1.0 / 3, WeightedJaccard.Of([1, -1, 2], [-3, 3, 0]), 12);
        Assert.Equal(1, WeightedJaccard.Of([0.5f, -0.25f], [-1, 0.5f]), 12);
        Assert.Equal(0, WeightedJaccard.Of([0, 0], [1, 2]));
        Assert.Throws<ArgumentException>(() => WeightedJaccard.Of([1], [1, 2]));
    }

    [Fact]
    public void WeightedJaccardInCircuits_OfScores_IsAsByHand()
    {
        // circuits {0, 1} and {1, 2}: weights 1/4 3/4 0 and 0 1/2 1/2, Σmin = 1/2, Σmax = 1/4 + 3/4 + 1/2; the 9s are in neither
        var (first, second) = (BitMask.FromIndices(4, [0, 1]), BitMask.FromIndices(4, [1, 2]));
        Assert.Equal(1.0 / 3, WeightedJaccard.InCircuits([1, -3, 5, 9], first, [7, 2, -2, -9], second), 12);
        Assert.Equal(1, WeightedJaccard.InCircuits([1, -3, 5, 9], first, [2, 6, 8, 0], first), 12);
        Assert.Equal(0, WeightedJaccard.InCircuits([1, 2, 3, 4], BitMask.FromIndices(4, [0, 1]), [1, 2, 3, 4], BitMask.FromIndices(4, [2, 3])));
        Assert.Equal(0, WeightedJaccard.InCircuits([0, 0, 3, 4], first, [1, 2, 3, 4], second));
        Assert.Equal(0, WeightedJaccard.InCircuits([1, 2, 3, 4], BitMask.Empty(4), [1, 2, 3, 4], second));
        Assert.Throws<ArgumentException>(() => WeightedJaccard.InCircuits([1, 2], first, [1, 2], second));
        Assert.Throws<ArgumentException>(() => WeightedJaccard.InCircuits([1, 2, 3, 4], first, [1, 2, 3, 4], BitMask.Empty(5)));
    }

    [Fact]
    public void WeightedJaccardInCircuits_OfRandomCircuits_IsTheSumsWrittenOut()
    {
        var random = new Random(8);
        for (var trial = 0; trial < 50; trial++)
        {
            var edges = random.Next(2, 200);
            float[] Scores() => [.. Enumerable.Range(0, edges).Select(_ => (float)(random.NextDouble() - 0.5))];
            bool[] Members() => [.. Enumerable.Range(0, edges).Select(i => i == 0 || random.NextDouble() < 0.4)];
            var (a, b, inA, inB) = (Scores(), Scores(), Members(), Members());
            double[] Weights(float[] scores, bool[] members)
            {
                var weights = scores.Select((s, i) => members[i] ? Math.Abs((double)s) : 0).ToArray();
                return [.. weights.Select(w => w / weights.Sum())];
            }

            var (x, y) = (Weights(a, inA), Weights(b, inB));
            Assert.Equal(
                x.Zip(y, Math.Min).Sum() / x.Zip(y, Math.Max).Sum(),
                WeightedJaccard.InCircuits(a, BitMask.Of(inA), b, BitMask.Of(inB)),
                1e-12);
        }
    }

    private delegate double Statistic(ReadOnlySpan<double> x, ReadOnlySpan<double> y);
}
