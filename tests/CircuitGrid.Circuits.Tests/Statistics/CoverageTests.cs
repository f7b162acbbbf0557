using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

/// <summary>Experiments simulated with a known truth: how often an interval that says 95 % holds it.</summary>
public sealed class CoverageTests
{
    private const int Experiments = 1000;

    private static readonly BootstrapOptions options = new() { Resamples = 400, Threads = 1 };

    [Fact]
    public void SmallestBudget_WithANoisyCurve_IsCovered()
    {
        // faithfulness rises as 1 − e^(−n/20) and passes 0.8 at 32.2; examples differ in how strong they are and how much a circuit keeps
        int[] budgets = [5, 10, 18, 26, 32, 38, 46, 60, 90];
        var truth = Piecewise(budgets, n => 1 - Math.Exp(-n / 20.0), 0.8);
        AssertCovered(seed =>
        {
            const int blocks = 16;
            var random = new Random(seed);
            var model = new double[blocks];
            var circuits = new double[budgets.Length * blocks];
            for (var b = 0; b < blocks; b++)
            {
                model[b] = 4 + SimulatedBlocks.Gaussian(random);
                var shift = 0.15 * SimulatedBlocks.Gaussian(random);
                for (var s = 0; s < budgets.Length; s++)
                {
                    circuits[(s * blocks) + b] = model[b] * (1 - Math.Exp(-budgets[s] / 20.0) + shift + (0.02 * SimulatedBlocks.Gaussian(random)));
                }
            }

            return SizeCurve.Create(new([.. budgets], [.. circuits], [.. model], [.. Enumerable.Repeat(2, blocks)]), [.. Enumerable.Range(0, blocks)], 0.8, options)
                .SmallestBudgetInterval.Contains(truth);
        });
    }

    [Fact]
    public void LogisticMidpoint_OfATaskThatAppears_IsCovered()
    {
        double[] tokens = [100, 200, 400, 600, 800, 1200, 2000, 4000, 8000];
        AssertCovered(
            seed =>
            {
                var random = new Random(seed);
                var strengths = Enumerable.Range(0, 40).Select(_ => 3 + SimulatedBlocks.Gaussian(random)).ToArray();
                var units = tokens.Select(t => strengths.Select(s => (s / (1 + Math.Pow(700 / t, 3))) + (0.8 * SimulatedBlocks.Gaussian(random))).ToImmutableArray()).ToArray();
                return Rise.Of(tokens, units, options with { Resamples = 120 }).MidpointInterval!.Value.Contains(700);
            });
    }

    /// <summary>A ratio of sums over texts of very different weight, as copy suppression is: the truth is that of all texts there are.</summary>
    [Fact]
    public void LogisticMidpoint_OfAScoreThatIsARatio_IsCovered()
    {
        double[] tokens = [100, 200, 400, 600, 800, 1200, 2000, 4000, 8000];
        AssertCovered(seed =>
        {
            const int units = 32;
            var random = new Random(seed);
            var weights = Enumerable.Range(0, units).Select(_ => Math.Exp(0.5 * SimulatedBlocks.Gaussian(random))).ToArray();
            var numerators = new double[tokens.Length][];
            var denominators = new double[tokens.Length][];
            for (var t = 0; t < tokens.Length; t++)
            {
                denominators[t] = [.. weights.Select(w => w * Math.Exp(0.2 * SimulatedBlocks.Gaussian(random)))];
                numerators[t] = [.. denominators[t].Select(d => d * ((0.6 / (1 + Math.Pow(700 / tokens[t], 3))) + (0.1 * SimulatedBlocks.Gaussian(random))))];
            }

            var values = numerators.Zip(denominators, (n, d) => n.Sum() / d.Sum()).ToArray();
            return Rise.Of(tokens, values, units, (t, drawn) => drawn.Sum(u => numerators[t][u]) / drawn.Sum(u => denominators[t][u]), options with { Resamples = 120 })
                .MidpointInterval!.Value.Contains(700);
        });
    }

    [Theory]
    [InlineData(24, 0.6)]
    [InlineData(40, -0.3)]
    public void Pearson_OfANormalSample_IsCovered(int points, double truth) => AssertCovered(seed =>
    {
        var random = new Random(seed);
        var x = Enumerable.Range(0, points).Select(_ => SimulatedBlocks.Gaussian(random)).ToArray();
        var y = x.Select(v => (truth * v) + (Math.Sqrt(1 - (truth * truth)) * SimulatedBlocks.Gaussian(random))).ToArray();
        return CorrelationInterval.Pearson(x, y, options).Interval.Contains(truth);
    });

    /// <summary>As many points as there may be and few: the interval is wide, and may be wider than it says.</summary>
    [Fact]
    public void Pearson_OfSixPoints_IsCoveredAtLeast()
    {
        var covered = Enumerable.Range(0, Experiments).AsParallel().Count(seed =>
        {
            var random = new Random(seed);
            var x = Enumerable.Range(0, 6).Select(_ => SimulatedBlocks.Gaussian(random)).ToArray();
            var y = x.Select(v => (0.6 * v) + (0.8 * SimulatedBlocks.Gaussian(random))).ToArray();
            return CorrelationInterval.Pearson(x, y, options).Interval.Contains(0.6);
        });
        Assert.InRange((double)covered / Experiments, 0.93, 1);
    }

    [Fact]
    public void EdgeScore_PlusMinusItsError_IsCovered()
    {
        var truth = SimulatedBlocks.Means(1);
        var t = StudentT.Quantile(0.975, 15);
        var (covered, all) = (0, 0);
        for (var seed = 0; seed < 40; seed++)
        {
            var blocks = SimulatedBlocks.Draw(truth, 1, new Random(seed), blocks: 16);
            var mean = new float[truth.Length];
            blocks.Combine([.. Enumerable.Repeat(1, 16)], mean);
            var errors = EdgeBootstrap.Run(blocks, SimulatedBlocks.All(blocks), SimulatedBlocks.Rule, options with { Resamples = 1000 }).StandardErrors;
            covered += Enumerable.Range(0, truth.Length).Count(e => Math.Abs(mean[e] - truth[e]) <= t * errors[e]);
            all += truth.Length;
        }

        Assert.InRange((double)covered / all, 0.93, 0.97);
    }

    /// <summary>
    /// Pairs of cells with the same true scores and different noise, as two checkpoints would be between which nothing has happened: the
    /// truth is a difference of 0, and "beyond noise" must be rare. And pairs that differ a little, of which some must be found.
    /// </summary>
    [Fact]
    public void NoiseComparison_OfTheSameTruth_IsCoveredAndSeldomBeyondNoise()
    {
        var quick = options with { Splits = 25, SplitResamples = 50 };
        var (same, moved) = (SimulatedBlocks.Means(5), SimulatedBlocks.Means(5));
        var shift = new Random(8);
        moved = [.. moved.Select(m => m + (0.5 * SimulatedBlocks.Gaussian(shift)))];
        var nothing = Compare(same, 1, 1000);
        Assert.InRange(nothing.Average(c => c.DifferenceInterval.Contains(0) ? 1 : 0.0), 0.93, 0.97);
        Assert.InRange(nothing.Average(c => c.IsWithinNoise ? 0 : 1.0), 0, 0.05);
        Assert.InRange(nothing.Average(c => c.PValue < 0.05 ? 1 : 0.0), 0, 0.05);
        Assert.InRange(Compare(moved, 0.4, 100).Average(c => c.IsWithinNoise ? 0 : 1.0), 0.5, 1);

        NoiseComparison[] Compare(double[] second, double noise, int experiments) => [.. Enumerable.Range(0, experiments).AsParallel().AsOrdered().Select(seed =>
        {
            var random = new Random(seed);
            return NoiseComparison.Of(
                SplitHalves.Create(SimulatedBlocks.Draw(same, noise, random), SimulatedBlocks.Rule, options: quick),
                SplitHalves.Create(SimulatedBlocks.Draw(second, noise, random), SimulatedBlocks.Rule, options: quick));
        })];
    }

    /// <summary>
    /// Six checkpoints whose circuits differ in nothing but noise, a little, or a lot, half of the noise being the examples' own and the same at all of them: the
    /// truth is what the smoothed similarity of the last pair is on average.
    /// </summary>
    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    public void SmoothedSimilarity_OfCircuitsOnTheSameExamples_IsCovered(int blocks)
    {
        (double Moved, double Noise)[] settings = [(0, 0.5), (0, 1), (0.3, 0.25), (0.3, 0.5), (0.3, 1), (1, 0.25), (1, 0.5), (1, 1)];
        var found = settings.Select(s => Smoothed(s.Moved, s.Noise, blocks)).ToArray();
        Assert.InRange(found.Average(f => f.Covered), 0.93, 0.97);
        Assert.All(found, f => Assert.InRange(f.Covered, 0.9, 1));

        // and no wider than it has to be
        Assert.InRange(found.Average(f => f.Error), 0.8, 1.2);
    }

    /// <returns>In how many of 150 experiments the interval holds the truth, and the error it goes by over the error there is.</returns>
    private static (double Covered, double Error) Smoothed(double moved, double noise, int blocks)
    {
        const int checkpoints = 6;
        var (graph, rule) = (new CircuitGraph(new GraphShape(3, 4, Parallel: true, 8)), new CircuitRule(SelectionRule.Greedy, Absolute: true, Budget: 40));
        var training = new Random(5);
        var truth = new List<double[]> { Enumerable.Range(0, graph.Edges).Select(_ => Math.Pow(training.NextDouble(), 3) * 2).ToArray() };
        while (truth.Count < checkpoints)
        {
            truth.Add([.. truth[^1].Select(m => m + (moved * SimulatedBlocks.Gaussian(training)))]);
        }

        var drawn = Enumerable.Range(0, 150).AsParallel().AsOrdered().Select(seed =>
        {
            var random = new Random(seed);
            var examples = Enumerable.Range(0, blocks * graph.Edges).Select(_ => SimulatedBlocks.Gaussian(random)).ToArray();
            var cells = truth.ConvertAll(means => new BlockMeans(
                graph,
                [.. examples.Select((e, i) => (float)(means[i % graph.Edges] + (noise * Math.Sqrt(0.5) * (e + SimulatedBlocks.Gaussian(random)))))],
                [.. Enumerable.Repeat(2, blocks)]));
            int[] ones = [.. Enumerable.Repeat(1, blocks)];
            var value = Last([.. cells.Select(c => rule.Select(c, ones, new float[graph.Edges]))]);
            var circuits = cells.ConvertAll(c => HalfSamples.Circuits(c, SimulatedBlocks.All(c), rule, options));
            var halves = Enumerable.Range(0, options.HalfSamples).Select(h => Last([.. circuits.Select(c => c[h])])).ToArray();
            return (Value: value, Interval: HalfSamples.Around(value, halves, blocks));
        }).ToArray();
        var expected = drawn.Average(d => d.Value);
        var error = Math.Sqrt(drawn.Average(d => (d.Value - expected) * (d.Value - expected)));
        var claimed = Math.Sqrt(drawn.Average(d => Math.Pow(Math.Max(d.Interval.High - d.Value, d.Value - d.Interval.Low) / StudentT.Quantile(0.975, blocks - 1), 2)));
        return (drawn.Average(d => d.Interval.Contains(expected) ? 1 : 0.0), claimed / error);

        static double Last(BitMask[] circuits) => ExponentialAverage.Of([.. circuits.Zip(circuits.Skip(1), (a, b) => a.OverlapWith(b).Jaccard)])[^1];
    }

    [Fact]
    public void HeadScore_OfUnitsThatDiffer_IsCovered() => AssertCovered(seed =>
    {
        // a score of 0.4 as a ratio, on units of which some weigh more
        var random = new Random(seed);
        var weights = Enumerable.Range(0, 32).Select(_ => 1 + random.NextDouble()).ToArray();
        var samples = new HeadSamples(32, [.. weights.Select(w => w * (0.4 + (0.3 * SimulatedBlocks.Gaussian(random))))], [.. weights]);
        return HeadScoreInterval.Of(samples, 0, score => score, options).Contains(0.4);
    });

    [Fact]
    public void LinearHeadScore_OfUnitsThatDiffer_IsCovered() => AssertCovered(seed =>
    {
        var random = new Random(seed);
        var weights = Enumerable.Range(0, 32).Select(_ => 1 + random.NextDouble()).ToArray();
        return HeadScoreInterval.Linear(new(32, [.. weights.Select(w => w * (0.4 + (0.3 * SimulatedBlocks.Gaussian(random))))], [.. weights]), 0).Contains(0.4);
    });

    /// <summary>The sum over a circuit's heads, the second of which scores what the first one does and something of its own.</summary>
    [Fact]
    public void SumOfHeadScores_OnTheSameUnits_IsCovered() => AssertCovered(seed =>
    {
        var random = new Random(seed);
        var first = Enumerable.Range(0, 32).Select(_ => 0.4 + (0.3 * SimulatedBlocks.Gaussian(random))).ToArray();
        var samples = new HeadSamples(32, [.. first, .. first.Select(f => (0.5 * f) + 0.1 + (0.1 * SimulatedBlocks.Gaussian(random)))], [.. Enumerable.Repeat(1.0, 32)]);
        var interval = HeadScoreInterval.Of(32, drawn => samples.Ratio(0, drawn) + samples.Ratio(1, drawn), options);
        return interval.Contains(0.7);
    });

    /// <summary>
    /// Shares of effects that helping and hurting heads carry, on prompts that differ in what corruption costs and in every head's part of it, without and with
    /// forty heads that do nothing but vary: the truth is the share expected of so many prompts.
    /// </summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 40)]
    [InlineData(false, 40)]
    public void EffectShare_OfPromptsThatDiffer_IsCovered(bool absolute, int idle)
    {
        double[] effects = [-0.6, -0.3, 0.15, -0.1, 0.05, -0.02, .. Enumerable.Repeat(0.0, idle)];
        HeadIndex[] heads = [.. Enumerable.Range(0, effects.Length).Select(h => new HeadIndex(0, h))];
        HeadIndex[] group = [heads[0], heads[2], heads[3]];
        var drawn = Enumerable.Range(0, Experiments).AsParallel().AsOrdered().Select(seed =>
        {
            var random = new Random(seed);
            var costs = Enumerable.Range(0, 32).Select(_ => 2 + (0.5 * SimulatedBlocks.Gaussian(random))).ToArray();
            var parts = effects.SelectMany(e => costs.Select(c => c * (e + ((0.02 + (0.4 * Math.Abs(e))) * SimulatedBlocks.Gaussian(random)))).ToArray()).ToArray();
            var table = new HeadTable(heads.Length, [.. heads.Select(h => parts.Skip(32 * h.Head).Take(32).Sum() / costs.Sum())]) { Samples = new(32, [.. parts], [.. costs]) };
            var (share, interval) = (EffectShare.Of(table, group, _ => true), EffectShareInterval.Of(table, group, heads)!);
            return absolute ? (Value: share.Absolute!.Value, Interval: interval.Absolute) : (Value: share.Signed!.Value, Interval: interval.Signed);
        }).ToArray();
        var truth = drawn.Average(d => d.Value);
        Assert.All(drawn, d => Assert.True(d.Interval.Contains(d.Value)));
        Assert.InRange(drawn.Average(d => d.Interval.Contains(truth) ? 1 : 0.0), 0.93, 0.97);
    }

    private static void AssertCovered(Func<int, bool> experiment)
    {
        var covered = Enumerable.Range(0, Experiments).AsParallel().Count(experiment);
        Assert.InRange((double)covered / Experiments, 0.93, 0.97);
    }

    /// <summary>Where the true curve, linear between the evaluated budgets as the estimate is, reaches the threshold.</summary>
    private static double Piecewise(int[] budgets, Func<double, double> curve, double threshold)
    {
        var s = Array.FindIndex(budgets, b => curve(b) >= threshold);
        var (low, high) = (curve(budgets[s - 1]), curve(budgets[s]));
        return budgets[s - 1] + ((budgets[s] - budgets[s - 1]) * (threshold - low) / (high - low));
    }
}
