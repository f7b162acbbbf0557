using System.Collections.Immutable;
using System.Runtime.Intrinsics;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Heads;

/// <summary>Every score against its definition written down a second time.</summary>
public sealed class HeadScoreTruthTests
{
    public static TheoryData<string> Kinds => TruthModel.FirstKinds;

    /// <summary>Those in which what a head writes can be read off its weights: no norm stands behind attention, nothing bounds values, nothing caps logits.</summary>
    public static TheoryData<string> DirectKinds =>
        [.. TruthModel.FirstKinds.Select(k => k.Data).Where(k => k is not ("olmo 1" or "olmo2 1" or "olmo3 1" or "gemma2 1")), "olmo 3", "qwen2 3", "smollm3 2"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Repetition_EveryHead_IsTheMeanOfItsDiagonals(string kind)
    {
        using var model = new TruthModel(kind);
        ImmutableArray<ImmutableArray<int>> halves = [.. Random(model, count: 3, length: 6)];
        var plain = new PlainHeads(model);
        foreach (var score in RepetitionScores.Measure(model.Engine, halves))
        {
            Assert.Equal(plain.Diagonal(score.Layer, score.Head, halves, distance: 5, count: 7), score.Induction, 1e-6);
            Assert.Equal(plain.Diagonal(score.Layer, score.Head, halves, distance: 1, count: 11), score.PreviousToken, 1e-6);
            Assert.Equal(plain.Diagonal(score.Layer, score.Head, halves, distance: 6, count: 6), score.DuplicateToken, 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(DirectKinds))]
    public void Successor_EveryHead_IsTheShareOfRightSuccessors(string kind)
    {
        using var model = new TruthModel(kind);
        var random = new Random(11);
        ImmutableArray<SuccessorList> lists = [.. Enumerable.Range(0, 6).Select(i =>
        {
            var tokens = Enumerable.Range(0, model.Config.Vocabulary).OrderBy(_ => random.Next()).Take(5).ToArray();
            return new SuccessorList($"{i}", [.. tokens.Zip(tokens.Skip(1))]);
        })];
        var scores = SuccessorScores.Measure(model.Device, model.Source, lists)!;
        var plain = new PlainHeads(model);
        foreach (var head in scores.Where(_ => true))
        {
            Assert.Equal(plain.Successor(head.Layer, head.Head, lists), scores[head], 1e-12);
        }

        Assert.True(scores.Values.Distinct().Count() > 2);
    }

    [Theory]
    [MemberData(nameof(DirectKinds))]
    public void Copying_EveryHead_IsTheShareOfNamesAmongTheTopTokens(string kind)
    {
        using var model = new TruthModel(kind);
        using var processed = Transformer.LoadProcessed(model.Device, model.Source);
        var prompts = Prompts(model);
        var (copying, negative) = CopyScores.Measure(processed, prompts, topTokens: 5);
        var plain = new PlainHeads(model);
        foreach (var head in copying.Where(_ => true))
        {
            Assert.Equal(plain.Copying(head.Layer, head.Head, prompts, 5, sign: 1), copying[head], 1e-12);
            Assert.Equal(plain.Copying(head.Layer, head.Head, prompts, 5, sign: -1), negative[head], 1e-12);
        }

        Assert.True(copying.Values.Concat(negative.Values).Distinct().Count() > 4);
    }

    [Theory]
    [MemberData(nameof(DirectKinds))]
    public void CopySuppression_EveryHead_IsTheShareOfTheDivergenceItSaves(string kind)
    {
        using var model = new TruthModel(kind);
        using var processed = Transformer.LoadProcessed(model.Device, model.Source);
        var inputs = new HeadScoreInputs
        {
            Options = new HeadScoreOptions { MeanTexts = 5, Texts = 3, TextPositions = 9, TextLength = 9, FirstLayer = 1, SourceShare = 0.3 },
            RepeatedHalves = [],
            SuccessorLists = [],
            Ioi = [],
            Texts = [.. Random(model, count: 6, length: 9)],
            FunctionTokens = [1, 4, 7, 12, 20],
            Notes = [],
        };
        var scores = CopySuppressionScores.Measure(processed, inputs)!;
        var plain = new PlainHeads(model);
        for (var h = 0; h < model.Config.Heads; h++)
        {
            Assert.Equal(0, scores[0, h]);
            Assert.Equal(plain.CopySuppression(1, h, inputs), scores[1, h], 1e-4);
            Assert.Equal(plain.CopySuppression(2, h, inputs), scores[2, h], 1e-4);
        }

        Assert.Contains(scores.Values, s => Math.Abs(s) > 0.01);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void SInhibition_EveryHead_IsTheRelativeChangeOfPatchingItsPathByHand(string kind)
    {
        using var model = new TruthModel(kind);
        ImmutableArray<HeadIndex> nameMovers = [new(2, 0), new(2, 1)];
        HeadIndex[] candidates = [new(0, 0), new(0, 1), new(1, 0), new(1, 1)];

        // A prompt whose answer the model prefers, so that there is something to lose.
        var prompts = Prompts(model, 16).Where(p => PathPatchingTests.CleanMetric(model, p) > 0).ToImmutableArray();
        Assert.NotEmpty(prompts);
        foreach (var flip in (NameFlip[])[NameFlip.TokenSamePositionOpposite, NameFlip.TokenDifferentPositionOpposite])
        {
            var effects = SInhibitionTest.Run(model.Engine, prompts, nameMovers, candidates, flip);
            var flipped = SInhibitionTest.Flipped(prompts, flip, seed: 1);
            var clean = prompts.Average(p => PathPatchingTests.CleanMetric(model, p));
            var untouched = flipped.Select(p => PathPatchingTests.QueriesByHand(model, p, [], nameMovers)).ToArray();
            for (var c = 0; c < candidates.Length; c++)
            {
                var byHand = flipped.Select(p => PathPatchingTests.QueriesByHand(model, p, [candidates[c]], nameMovers)).ToArray();
                double Change(Func<IoiNames, int> position)
                {
                    double Mean((double Metric, double[][] Attention)[] runs) => runs.Select((r, e) => r.Attention.Average(a => a[position(IoiNames.Find(prompts[e]))])).Average();

                    // What lies before a head's window it doesn't see, patched or not.
                    return Mean(untouched) == 0 && Mean(byHand) == 0 ? 0 : (Mean(byHand) - Mean(untouched)) / Mean(untouched);
                }

                Assert.Equal((byHand.Average(r => r.Metric) - clean) / clean, effects[c].LogitDifference, 1e-4);
                Assert.Equal(Change(n => n.Io), effects[c].IoAttention, 1e-4);
                Assert.Equal(Change(n => n.S1), effects[c].S1Attention, 1e-4);
                Assert.Equal(Change(n => n.S2), effects[c].S2Attention, 1e-4);
            }

            Assert.Contains(effects, e => Math.Abs(e.LogitDifference) > 1e-3);
        }
    }

    [Theory]
    [InlineData(NameFlip.TokenSamePositionSame, "ABB", "BAB")]
    [InlineData(NameFlip.TokenDifferentPositionSame, "XYY", "XYX")]
    [InlineData(NameFlip.TokenOppositePositionSame, "BAA", "ABA")]
    [InlineData(NameFlip.TokenSamePositionOpposite, "BAB", "ABB")]
    [InlineData(NameFlip.TokenDifferentPositionOpposite, "XYX", "XYY")]
    [InlineData(NameFlip.TokenOppositePositionOpposite, "ABA", "BAA")]
    public void Flipped_BothOrders_HaveTheNamesOfTheTable(NameFlip flip, string abb, string bab)
    {
        const int A = 3;
        const int B = 5;
        ImmutableArray<Example> examples =
        [
            new([0, A, 1, B, B, 2], [0, A, 1, B, A, 2], [A], [B]), new([0, B, 1, A, B, 2], [0, B, 1, A, A, 2], [A], [B]), new([9, 8, 9], [9, 8, 8], [8], [9]),
        ];
        foreach (var (pattern, flipped) in ((string[])[abb, bab]).Zip(SInhibitionTest.Flipped(examples, flip, seed: 3)))
        {
            int[] names = [flipped.Corrupted[1], flipped.Corrupted[3], flipped.Corrupted[4]];
            Assert.Equal([0, 1, 2], [flipped.Corrupted[0], flipped.Corrupted[2], flipped.Corrupted[5]]);

            // New names are called X and Y in the order in which they come.
            Assert.Equal(pattern, string.Concat(names.Select(n => n == A ? 'A' : n == B ? 'B' : n == names[0] ? 'X' : 'Y')));
            Assert.All(names, n => Assert.Contains(n, new[] { A, B, 8, 9 }));
        }

        Assert.Throws<InvalidInputException>(() => SInhibitionTest.Flipped(examples[..2], NameFlip.TokenDifferentPositionSame, seed: 1));
        Assert.Throws<InvalidInputException>(() => IoiNames.Find(examples[0] with { Clean = [0, A, 1, B, A, 2] }));
    }

    [Fact]
    public void Divergence_OfShiftedLogits_IsThatOfTheDefinition()
    {
        var random = new Random(2);
        foreach (var (size, scale) in ((int, double)[])[(3, 1), (8, 0.3), (21, 5), (1000, 2), (13, 40)])
        {
            double[] logits = [.. Enumerable.Range(0, size).Select(_ => 4 * random.NextDouble())];
            float[] shifts = [.. Enumerable.Range(0, size).Select(_ => (float)(random.NextDouble() - 0.5))];
            var total = logits.Sum(Math.Exp);
            var expected = PlainHeads.Divergence(logits, [.. logits.Zip(shifts, (l, s) => l + (scale * s))]);
            Assert.Equal(expected, ExcessExponential.Divergence([.. logits.Select(l => Math.Exp(l) / total)], shifts, scale), 1e-12 * Math.Max(1, expected));
        }

        // So small that differences of logarithms would leave no digit: half the variance of the shifts.
        Assert.Equal(0.5e-16 * 0.25, ExcessExponential.Divergence([0.5, 0.5], [0.5f, -0.5f], 1e-8), 1e-24);
        foreach (var x in (double[])[-650, -30, -1, -0.3, 0.2, 0.4, 3, 50, 600])
        {
            Assert.Equal(1, ExcessExponential.Excess(Vector256.Create(x))[0] / (Math.Exp(x) - 1 - x), 1e-13);
        }
    }

    private static ImmutableArray<int>[] Random(TruthModel model, int count, int length)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, length).Select(_ => random.Next(model.Config.Vocabulary)).ToImmutableArray())];
    }

    internal static ImmutableArray<Example> Prompts(TruthModel model, int count = 8)
    {
        var random = new Random(9);
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                var tokens = Enumerable.Range(0, model.Config.Vocabulary).OrderBy(_ => random.Next()).Take(5).ToArray();
                var (io, s) = (tokens[0], tokens[1]);
                ImmutableArray<int> Prompt(int second) => i % 2 == 0 ? [io, tokens[2], s, second, tokens[3]] : [tokens[4], s, io, tokens[2], second, tokens[3], tokens[4]];
                return new Example(Prompt(s), Prompt(io), [io], [s]);
            }),
        ];
    }
}
