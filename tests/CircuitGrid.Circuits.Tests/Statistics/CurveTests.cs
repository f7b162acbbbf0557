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
        var curve = SizeCurve.Create(new([1, 5, 9, 20], [.. shares.SelectMany(s => (double[])[s, 3 * s])], [1, 3], [1, 3]), [[0], [1]], 0.8);
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
        var curve = SizeCurve.Create(sizes, [[1], [2]], 0.8);
        Assert.Equal([0.5, 1], curve.Faithfulness);
        Assert.Equal(1.6, curve.SmallestBudget, 9);
        Assert.Throws<ArgumentException>(() => new SizeEvaluations([1, 2], [1, 2, 3], [1, 2], [1, 1]));
    }

    [Fact]
    public void SizeCurve_ThresholdOutOfReach_IsInfinite()
    {
        var curve = SizeCurve.Create(new([1, 2], [0.1, 0.1, 0.5, 0.5], [1, 1], [2, 2]), [[0], [1]], 0.8);
        Assert.Equal(double.PositiveInfinity, curve.SmallestBudget);
        Assert.Equal(new Interval(double.PositiveInfinity, double.PositiveInfinity), curve.SmallestBudgetInterval);
        Assert.Equal(1, SizeCurve.Create(new([1, 2], [0.9, 0.9, 1, 1], [1, 1], [2, 2]), [[0], [1]], 0.8).SmallestBudget);
    }

    /// <summary>Shares that are the same on every block, so that nothing but the halves varies.</summary>
    [Fact]
    public void SizeCurve_OfTwoRankings_HoldsEveryCrossing()
    {
        ImmutableArray<int> budgets = [1, 5, 9, 20, 30, 50];
        var bumpy = Create([0.2, 0.9, 0.6, 0.85, 0.7, 1], [[0.2, 0.9, 0.6, 0.85, 0.7, 1], [0.2, 0.9, 0.6, 0.85, 0.7, 1]]);
        Assert.Equal([5, 20, 50], bumpy.Crossings);
        // what crosses at 5 may have done so at any budget above 1
        Assert.Equal((5, new Interval(2, 50)), (bumpy.SmallestBudget, bumpy.SmallestBudgetInterval));
        Assert.True(bumpy.IncludesRanking);
        Assert.False(bumpy.IsDetermined);

        // one half crosses at the first size, the other never
        var halved = Create([0.2, 0.6, 0.9, 1, 1, 1], [[0.8, 0.6, 0.9, 1, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.7]]);
        Assert.Equal((9, new Interval(1, double.PositiveInfinity)), (halved.SmallestBudget, halved.SmallestBudgetInterval));
        Assert.Equal([new(0.1, 0.8), new(0.2, 0.6), new(0.3, 0.9), new(0.4, 1), new(0.5, 1), new(0.7, 1)], halved.Band, Near);
        Assert.False(halved.IsDetermined);

        var never = Create([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]]);
        Assert.Equal((double.PositiveInfinity, new Interval(double.PositiveInfinity, double.PositiveInfinity)), (never.SmallestBudget, never.SmallestBudgetInterval));

        Assert.Empty(never.Crossings);
        Assert.False(never.IsDetermined);

        // above 20 and up to 30 is as close as sizes are told apart; above 9 and up to 20 isn't
        Assert.True(Create([0, 0, 0, 0, 0.9, 1], [[0, 0, 0, 0, 0.9, 1], [0, 0, 0, 0, 0.9, 1]]).IsDetermined);
        Assert.False(Create([0, 0, 0, 0.9, 1, 1], [[0, 0, 0, 0.9, 1, 1], [0, 0, 0, 0.9, 1, 1]]).IsDetermined);

        // without halves there is the size, and no interval
        var alone = SizeCurve.Create(Evaluations([0.2, 0.9, 0.6, 0.85, 0.7, 1], [0.2, 0.9, 0.6, 0.85, 0.7, 1]), halves: null, [[0], [1], [2], [3]], 0.8);
        Assert.Equal((5, false, false), (alone.SmallestBudget, alone.IncludesRanking, alone.IsDetermined));
        Assert.True(double.IsNaN(alone.SmallestBudgetInterval.Low) && double.IsNaN(alone.SmallestBudgetInterval.High));

        SizeCurve Create(double[] shares, double[][] halves) => SizeCurve.Create(
            Evaluations(shares, shares), new(Evaluations(halves[0], halves[1]), [[1, 1, 0, 0], [0, 0, 1, 1]]), [[0], [1], [2], [3]], 0.8);

        // the model has 2 on every block; the first half's blocks have the first shares
        SizeEvaluations Evaluations(double[] first, double[] second) =>
            new(budgets, [.. first.Zip(second, (a, b) => (double[])[2 * a, 2 * a, 2 * b, 2 * b]).SelectMany(x => x)], [2, 2, 2, 2], [3, 1, 2, 5]);

        static bool Near(Interval a, Interval b) => Math.Abs(a.Low - b.Low) < 1e-12 && Math.Abs(a.High - b.High) < 1e-12;
    }

    /// <summary>Random metrics of blocks of several sizes, some of them left out and two to a unit, plain and normalised, against plain loops.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public void SizeCurve_OfTwoRankings_IsWhatPlainLoopsGive(int seed, bool normalised)
    {
        const int blocks = 11;
        const double threshold = 0.8;
        var random = new Random(seed);
        int[] budgets = [1, 2, 3, 5, 10, 22, 47];
        int[] counts = [.. Enumerable.Range(0, blocks).Select(_ => random.Next(1, 5))];
        double[] model = [.. counts.Select(_ => 3 + random.NextDouble())], ablated = [.. counts.Select(_ => -1 - random.NextDouble())];
        double[][] Circuits() => [.. budgets.Select(n => model.Zip(ablated, (m, a) => a + ((m - a) * (1 - Math.Exp(-n / 4.0) + (0.6 * (random.NextDouble() - 0.5))))).ToArray())];
        var (whole, halved) = (Circuits(), Circuits());
        ImmutableArray<ImmutableArray<int>> units = [[0, 6], [1], [3, 9], [4], [5], [8]];
        ImmutableArray<ImmutableArray<int>> sides = [[1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0], [0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0]];
        SizeEvaluations Evaluations(double[][] circuits) => new([.. budgets], [.. circuits.SelectMany(c => c)], [.. model], [.. counts], normalised ? [.. ablated] : null);
        var options = new BootstrapOptions { Resamples = 50, Seed = 7 };
        var curve = SizeCurve.Create(Evaluations(whole), new(Evaluations(halved), sides), units, threshold, options);

        var mean = Plain(whole, [1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0]);
        var resampled = Enumerable.Range(0, 50).Select(r => Plain(whole, BlockResamples.Weights(blocks, units, r, seed: 7))).ToArray();
        double[][] halves = [Plain(halved, [.. sides[0]]), Plain(halved, [.. sides[1]])];
        Assert.Equal(mean, curve.Faithfulness, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(Crossings(mean), curve.Crossings);
        Assert.Equal(Crossings(mean)[0], curve.SmallestBudget);
        for (var s = 0; s < budgets.Length; s++)
        {
            var interval = Interval.OfReplicates(resampled.Select(r => r[s]), 6);
            double[] all = [interval.Low, interval.High, mean[s], halves[0][s], halves[1][s]];
            Assert.Equal(all.Min(), curve.Band[s].Low, 12);
            Assert.Equal(all.Max(), curve.Band[s].High, 12);
        }

        double[] held = [.. Crossings(mean), .. Crossings(halves[0]), .. Crossings(halves[1])];
        Assert.All(held, crossing => Assert.True(curve.SmallestBudgetInterval.Contains(crossing)));
        var (low, high) = (
            held.Append(Interval.OfReplicates(resampled.Select(r => Crossings(r)[0]), 6).Low).Min(),
            held.Append(Interval.OfReplicates(resampled.Select(r => Crossings(r)[^1]), 6).High).Max());
        var at = Array.FindLastIndex(budgets, b => b <= low);
        Assert.Equal(at == 0 ? 1 : budgets[at - 1] + 1, curve.SmallestBudgetInterval.Low);
        Assert.Equal(double.IsFinite(high) ? budgets.First(b => b >= high) : high, curve.SmallestBudgetInterval.High);

        double[] Plain(double[][] circuits, int[] weights) =>
        [
            .. circuits.Select(circuit =>
            {
                double kept = 0, all = 0;
                for (var b = 0; b < blocks; b++)
                {
                    kept += weights[b] * counts[b] * (circuit[b] - (normalised ? ablated[b] : 0));
                    all += weights[b] * counts[b] * (model[b] - (normalised ? ablated[b] : 0));
                }

                return kept / all;
            }),
        ];

        double[] Crossings(double[] values)
        {
            var crossings = new List<double>();
            var isBelow = true;
            for (var s = 0; s < values.Length; s++)
            {
                if (isBelow && values[s] >= threshold)
                {
                    crossings.Add(budgets[s]);
                }

                isBelow = values[s] < threshold;
            }

            return crossings.Count == 0 ? [double.PositiveInfinity] : [.. crossings];
        }
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

    /// <summary>Budgets of graphs of published sizes and of small ones, as Python's <c>int(share * n)</c> and <c>round(share * n)</c> have them.</summary>
    [Theory]
    [InlineData(BudgetRounding.Floor, 32491, new[] { 32, 64, 162, 324, 649, 1624, 3249, 6498, 16245, 32491 })]
    [InlineData(BudgetRounding.Nearest, 32491, new[] { 32, 65, 162, 325, 650, 1625, 3249, 6498, 16246, 32491 })]
    [InlineData(BudgetRounding.Floor, 179749, new[] { 179, 359, 898, 1797, 3594, 8987, 17974, 35949, 89874, 179749 })]
    [InlineData(BudgetRounding.Nearest, 179749, new[] { 180, 359, 899, 1797, 3595, 8987, 17975, 35950, 89874, 179749 })]
    [InlineData(BudgetRounding.Floor, 1108, new[] { 1, 2, 5, 11, 22, 55, 110, 221, 554, 1108 })]
    [InlineData(BudgetRounding.Floor, 3000, new[] { 3, 6, 15, 30, 60, 150, 300, 600, 1500, 3000 })]
    [InlineData(BudgetRounding.Floor, 102, new[] { 0, 0, 0, 1, 2, 5, 10, 20, 51, 102 })]
    [InlineData(BudgetRounding.Nearest, 102, new[] { 0, 0, 1, 1, 2, 5, 10, 20, 51, 102 })]
    [InlineData(BudgetRounding.Floor, 15, new[] { 0, 0, 0, 0, 0, 0, 1, 3, 7, 15 })]
    public void Budgets_OfAGraph_AreThoseOfAnotherProgram(BudgetRounding rounding, int edges, int[] expected) =>
        Assert.Equal(expected, FaithfulnessArea.Budgets(edges, rounding));

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
