using System.Collections.Immutable;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using FsCheck;
using FsCheck.Fluent;
using Interval = CircuitGrid.Circuits.Statistics.Interval;

namespace CircuitGrid.Circuits.Tests.Statistics;

/// <summary>Statistics of curves: isotonic fit, smallest size, ranked overlap, areas, rise.</summary>
public sealed class CurveTests
{
    /// <summary>The max-min formula: fit_i = max over a ≤ i of min over b ≥ i of the mean of a…b.</summary>
    [Fact]
    public void Isotonic_AnySeries_IsTheMaxMinFormula() =>
        Prop.ForAll(Gen.Choose(-20, 20).ListOf().ToArbitrary(), list =>
        {
            double[] values = [.. list.Select(v => v / 4.0)];
            var fit = IsotonicFit.NonDecreasing(values);
            return fit.Length == values.Length && Enumerable.Range(0, values.Length).All(i => Math.Abs(fit[i] - MaxMin(values, i)) < 1e-9);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void SizeCurve_OfABumpyCurve_CrossesWhereItsFitDoes()
    {
        // shares 0.2, 0.9, 0.6, 1.0 on two blocks of 1 and 3 examples with model metrics 1 and 3 (mean 2.5)
        double[] shares = [0.2, 0.9, 0.6, 1];
        var curve = SizeCurve.Create(new([1, 5, 9, 20], [.. shares.SelectMany(s => (double[])[s, 3 * s])], [1, 3], [1, 3]), [0, 1], 0.8);
        Assert.Equal(shares, curve.Faithfulness, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([0.2, 0.75, 0.75, 1], curve.Fit, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(9 + (11 * 0.05 / 0.25), curve.SmallestBudget, 9);
        Assert.All(curve.Band.Zip(curve.Fit), p => Assert.True(Math.Abs(p.First.Low - p.Second) < 1e-9 && Math.Abs(p.First.High - p.Second) < 1e-9));
        Assert.Equal(curve.SmallestBudget, curve.SmallestBudgetInterval.Low, 9);
    }

    [Fact]
    public void SizeCurve_OnlySomeBlocks_LeavesTheOthersOut()
    {
        var sizes = new SizeEvaluations([1, 2], [9, 1, 1, 9, 2, 2], [1, 2, 2], [1, 1, 1]);
        var curve = SizeCurve.Create(sizes, [1, 2], 0.8);
        Assert.Equal([0.5, 1], curve.Faithfulness);
        Assert.Equal(1.6, curve.SmallestBudget, 9);
        Assert.Equal((2, 1, 2), (sizes.SmallestBudget([0, 1, 1], 0.8), sizes.SmallestBudget([0, 1, 1], 0.5), sizes.SmallestBudget([0, 1, 1], 3)));
        Assert.Throws<ArgumentException>(() => new SizeEvaluations([1, 2], [1, 2, 3], [1, 2], [1, 1]));
    }

    [Fact]
    public void SizeCurve_ThresholdOutOfReach_IsInfinite()
    {
        var curve = SizeCurve.Create(new([1, 2], [0.1, 0.1, 0.5, 0.5], [1, 1], [2, 2]), [0, 1], 0.8);
        Assert.Equal(double.PositiveInfinity, curve.SmallestBudget);
        Assert.Equal(new Interval(double.PositiveInfinity, double.PositiveInfinity), curve.SmallestBudgetInterval);
        Assert.Equal(1, SizeCurve.Create(new([1, 2], [0.9, 0.9, 1, 1], [1, 1], [2, 2]), [0, 1], 0.8).SmallestBudget);
    }

    [Fact]
    public void RankedOverlap_AnyTwoRankings_IsBySets()
    {
        var random = new Random(2);
        for (var round = 0; round < 30; round++)
        {
            int[] first = [.. Enumerable.Range(0, 12)], second = [.. Enumerable.Range(0, 12)];
            random.Shuffle(first);
            random.Shuffle(second);
            int[] shared = [.. Enumerable.Range(1, 8).Select(k => first.Take(k).Intersect(second.Take(k)).Count())];
            Assert.Equal(shared, RankedOverlap.Intersections(first.AsSpan(0, 8), second.AsSpan(0, 8), 12));
            Assert.Equal(
                ((int[])[1, 4, 8]).Select(k => (double)shared[k - 1] / first.Take(k).Union(second.Take(k)).Count()),
                RankedOverlap.JaccardCurve(first.AsSpan(0, 8), second.AsSpan(0, 8), 12, [1, 4, 8]));

            // the definition with ranks beyond the 8th agreeing as the first 8 do
            const double p = 0.9;
            var expected = (1 - p) * Enumerable.Range(1, 2000).Sum(k => Math.Pow(p, k - 1) * (k <= 8 ? (double)shared[k - 1] / k : shared[7] / 8.0));
            Assert.Equal(expected, RankedOverlap.RankBiased(first.AsSpan(0, 8), second.AsSpan(0, 8), 12, p), 1e-9);
        }

        Assert.Equal(1, RankedOverlap.RankBiased([3, 1, 2], [3, 1, 2], 4, 0.8), 12);
        Assert.Equal(0, RankedOverlap.RankBiased([0, 1], [2, 3], 4, 0.8), 12);
        Assert.Throws<ArgumentException>(() => RankedOverlap.RankBiased([0], [2, 3], 4, 0.8));
    }

    [Fact]
    public void FaithfulnessArea_OfACurve_IsAsByHand()
    {
        // trapezoids 0.1·(0 + 0.5)/2 and 0.9·(0.5 + 1.5)/2; distances 0.1·(1 + 0.5)/2 and 0.9·(0.5 + 0.5)/2
        var area = FaithfulnessArea.Of([0, 0.1, 1], [0, 0.5, 1.5], absolute: false);
        Assert.Equal((0.925, 0.525, false), (Math.Round(area.PerformanceRatio, 12), Math.Round(area.ModelDistance, 12), area.Absolute));
        Assert.Equal(0.999, FaithfulnessArea.Of(FaithfulnessArea.Shares, [.. Enumerable.Repeat(1.0, 10)], absolute: true).PerformanceRatio, 12);
        Assert.Equal(0, FaithfulnessArea.Of(FaithfulnessArea.Shares, [.. Enumerable.Repeat(1.0, 10)], absolute: true).ModelDistance);
        Assert.Throws<ArgumentException>(() => FaithfulnessArea.Of([1], [1], absolute: true));
    }

    [Fact]
    public void Rise_OfASeries_IsTheFirstAtAThirdOfTheLargestBesideAFit()
    {
        Assert.Equal(30, Rise.FirstReaching([10, 20, 30, 40], [0, 0.32, 0.33, 1]));
        Assert.Equal(10, Rise.FirstReaching([10, 20, 30], [0.5, 1, 0.1]));
        Assert.True(double.IsNaN(Rise.FirstReaching([10, 20], [-1, 0])));

        // strengths of 1, 2 and 3 with a common midpoint of 30: every resample has the same
        double[] tokens = [10, 20, 40, 80, 160];
        var rise = Rise.Of(tokens, [.. tokens.Select(t => ((double[])[1, 2, 3]).Select(s => s / (1 + Math.Pow(30 / t, 2))).ToImmutableArray())]);
        Assert.Equal((40, FitOutcome.Converged), (rise.ShareReached, rise.Fit.Outcome));
        Assert.Equal(30, rise.Fit.Midpoint, 1e-4);
        Assert.Equal(30, rise.MidpointInterval!.Value.Low, 1e-4);

        // an example more at one checkpoint is nothing to resample
        var odd = Rise.Of(tokens, [.. tokens.Select(t => (t == 40 ? Enumerable.Repeat(0.64, 4) : Enumerable.Repeat(1 / (1 + Math.Pow(30 / t, 2)), 3)).ToImmutableArray())]);
        Assert.Null(odd.MidpointInterval);
        Assert.Throws<ArgumentException>(() => Rise.Of([1, 2], [[1], []]));
    }

    /// <summary>Half of the units rise inside the range and half between two checkpoints, where nothing says where.</summary>
    [Fact]
    public void Rise_ManyResamplesWithoutAMidpoint_HasNoInterval()
    {
        double[] tokens = [10, 20, 40, 80, 160];
        double[][] shares = [[0, 0], [0.25, 0], [0.55, 1], [0.8, 1], [0.9, 1]];
        var rise = Rise.Of(tokens, [.. shares.Select(s => Enumerable.Range(0, 4).Select(u => u == 0 ? s[0] : s[1]).ToImmutableArray())]);
        bool[] isInside = [.. Enumerable.Range(0, 5).Select(first => LogisticBruteForce.Of(tokens, [.. shares.Select(s => ((first * s[0]) + ((4 - first) * s[1])) / 4)]).IsInside)];
        var undetermined = Enumerable.Range(0, 200).Count(r =>
        {
            var draws = new Draws(1, r);
            return !isInside[Enumerable.Range(0, 4).Count(_ => draws.Next(4) == 0)];
        });
        Assert.True(undetermined > 10);
        Assert.Null(rise.MidpointInterval);
    }

    [Fact]
    public void Turnover_OfThreeSets_IsAsByHand()
    {
        BitMask[] sets = [BitMask.FromIndices(8, [1, 2, 3]), BitMask.FromIndices(8, [3, 4]), BitMask.FromIndices(8, [1, 4])];
        Assert.Equal([new(0.25, 1, 2, 4), new(1.0 / 3, 1, 1, 4)], SetTurnover.Of(sets));
        Assert.Empty(SetTurnover.Of([]));
    }

    private static double MaxMin(double[] values, int i) =>
        Enumerable.Range(0, i + 1).Max(a => Enumerable.Range(i, values.Length - i).Min(b => values[a..(b + 1)].Average()));
}
