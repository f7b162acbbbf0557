using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Compute.Reference;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Heads;

/// <summary>The parts of every score, unit by unit, against the score's definition on that unit alone.</summary>
public sealed class HeadSamplesTests
{
    public static TheoryData<string> Kinds => TruthModel.Kinds;

    [Fact]
    public void Ratio_OfUnits_CountsEachAsOftenAsItIsListed()
    {
        var shared = new HeadSamples(3, [1, 2, 3, 0, 10, -4], [1, 2, 5]);
        Assert.Equal((3, 2), (shared.Units, shared.Heads));
        Assert.Equal([6.0 / 8, 8.0 / 11, 10.0 / 2, -0.8], [shared.Ratio(0, [0, 1, 2]), shared.Ratio(0, [2, 2, 0]) * 8 / 7, shared.Ratio(1, [1]), shared.Ratio(1, [2])]);
        var own = new HeadSamples(2, [1, 2, 3, 4], [4, 0, 2, 6]);
        Assert.Equal([0.75, 0, 7.0 / 8], [own.Ratio(0, [0, 1]), own.Ratio(0, [1, 1]), own.Ratio(1, [0, 1])]);
        Assert.Equal(0, new HeadSamples(2, [1, 2], [3, -4]).Ratio(0, [0, 1]));

        Assert.Throws<ArgumentException>(() => new HeadSamples(2, [1, 2, 3], [1, 1]));
        Assert.Throws<ArgumentException>(() => new HeadSamples(2, [1, 2, 3, 4], [1, 1, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeadSamples(0, [], []));
        Assert.Throws<ArgumentException>(() => new HeadTable(2, [1, 2, 3, 4]) { Samples = shared });
    }

    [Fact]
    public void Merge_Units_AddsTheirPartsAndLeavesEveryScore()
    {
        // units 0 and 2 become the first, 1 and 4 the second, 3 the third; two heads, once with denominators of their own
        int[] unitOf = [0, 1, 0, 2, 1];
        var shared = new HeadSamples(5, [1, 2, 3, 4, 5, 10, 20, 30, 40, 50], [6, 7, 8, 9, 10]).Merge(unitOf);
        Assert.Equal((3, 2), (shared.Units, shared.Heads));
        Assert.Equal([4, 7, 4, 40, 70, 40], shared.Numerators);
        Assert.Equal([14, 17, 9], shared.Denominators);
        var own = new HeadSamples(5, [1, 2, 3, 4, 5, 10, 20, 30, 40, 50], [1, 1, 1, 1, 1, 2, 3, 4, 5, 6]);
        Assert.Equal([2, 2, 1, 6, 9, 5], own.Merge(unitOf).Denominators);
        Assert.Equal(own.Ratio(1, [0, 1, 2, 3, 4]), own.Merge(unitOf).Ratio(1, [0, 1, 2]), 15);
        Assert.Throws<ArgumentException>(() => own.Merge([0, 0, 0, 0]));
    }

    /// <summary>Lists that are the same say the same: counted twice they make a score look surer than one of half as many lists.</summary>
    [Fact]
    public void InSamplingUnits_SameListsOfSuccessors_CountOnceInIntervals()
    {
        SuccessorList List(string name, params (int, int)[] pairs) => new(name, [.. pairs]);
        (int, int)[] numbers = [(1, 2), (2, 3)], spaced = [(4, 5), (5, 6)], days = [(7, 8), (8, 9), (9, 7)];
        var inputs = new HeadScoreInputs
        {
            Options = new(),
            RepeatedHalves = [],
            SuccessorLists = [List("numbers", numbers), List("numbers, after a space", spaced), List("numbers, case turned", numbers), List("numbers, both", spaced), List("days", days)],
            Ioi = [],
            Texts = [],
            FunctionTokens = [],
            Notes = [],
        };
        Assert.Equal([0, 1, 0, 1, 2], inputs.SuccessorUnits);

        var table = new HeadTable(1, [6.0 / 11]) { Samples = new(5, [2, 0, 2, 0, 2], [2, 2, 2, 2, 3]) };
        var scores = new HeadScores { Roles = ImmutableSortedDictionary<HeadRole, HeadTable>.Empty.Add(HeadRole.Successor, table).Add(HeadRole.Induction, table), Ioi = null, Notes = [] };
        var read = scores.InSamplingUnits(inputs);
        Assert.Equal(table.Values, read.Roles[HeadRole.Successor].Values);
        Assert.Equal([4, 0, 2], read.Roles[HeadRole.Successor].Samples!.Numerators);
        Assert.Equal([4, 4, 3], read.Roles[HeadRole.Successor].Samples!.Denominators);
        Assert.Same(table, read.Roles[HeadRole.Induction]);

        // three lists with 2 degrees of freedom instead of five with 4
        var half = 4.302653 * Math.Sqrt(((4 - (4 * 6.0 / 11)) * (4 - (4 * 6.0 / 11)) + (4 * 6.0 / 11 * (4 * 6.0 / 11)) + ((2 - (3 * 6.0 / 11)) * (2 - (3 * 6.0 / 11)))) * 3 / 2) / 11;
        Assert.Equal((6.0 / 11) + half, HeadScoreInterval.Linear(read.Roles[HeadRole.Successor].Samples!, 0).High, 1e-6);

        // samples of other lists than these are left alone
        Assert.Same(scores.Roles, scores.InSamplingUnits(inputs with { SuccessorLists = inputs.SuccessorLists[..4] }).Roles);
    }

    [Fact]
    public void LinearInterval_OfAMeanAndOfARatio_IsThatOfTheTextbook()
    {
        // the mean of 1, 2, 3, 6 is 3 ± 3.182446·√(14/3/4)
        var half = 3.182446 * Math.Sqrt(14.0 / 3 / 4);
        var (low, high) = HeadScoreInterval.Linear(new(4, [9, 9, 9, 9, 1, 2, 3, 6], [1, 1, 1, 1]), head: 1);
        Assert.Equal(3 - half, low, 1e-6);
        Assert.Equal(3 + half, high, 1e-6);

        // y/x = 8/10; rests y − 0.8x are 0.2, −0.4, 0.2
        half = 4.302653 * Math.Sqrt(0.24 * 3 / 2) / 10;
        (low, high) = HeadScoreInterval.Linear(new(3, [1, 2, 5], [1, 3, 6]), head: 0);
        Assert.Equal(0.8 - half, low, 1e-6);
        Assert.Equal(0.8 + half, high, 1e-6);
        Assert.True(double.IsNaN(HeadScoreInterval.Linear(new(1, [1], [2]), 0).Low));
        Assert.Equal((0, 0), (HeadScoreInterval.Linear(new(2, [1, 1], [1, -1]), 0).Low, HeadScoreInterval.Linear(new(2, [1, 1], [1, -1]), 0).High));
    }

    [Fact]
    public void EffectTable_OfPathPatching_HasTheEffectsOfBlocksOfPrompts()
    {
        // 70 prompts are 32 blocks of two or three; head s loses s·0.1 of what corruption costs, more in later prompts
        double[] clean = [.. Enumerable.Range(0, 70).Select(e => 3.0 + (e % 5))];
        double[] corrupted = [.. clean.Select((c, e) => c - 2 - (0.1 * e))];
        double[][] patched = [.. Enumerable.Range(0, 6).Select(s => clean.Select((c, e) => c - (0.1 * s * (clean[e] - corrupted[e]) * e / 35)).ToArray())];
        var result = new CircuitGrid.Circuits.Heads.Patching.PathPatchResult(clean, corrupted, patched, [], []);
        var table = result.EffectTable(heads: 3)!;
        Assert.Equal((2, 3, 32), (table.Layers, table.Heads, table.Samples!.Units));
        Assert.Equal(result.Effects()!.Value, table.Values);
        AssertSumsToTheScores(table);
        int[] second = [3, 4];
        Assert.Equal(second.Sum(e => patched[5][e] - clean[e]) / second.Sum(e => clean[e] - corrupted[e]), table.Samples.Ratio(5, [1]), 1e-12);
        Assert.Null((result with { Corrupted = clean }).EffectTable(3));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Repetition_EveryUnit_IsARunOfADiagonalOfOneSequence(string kind)
    {
        const int Half = 6;
        using var model = new TruthModel(kind);
        var random = new Random(14);
        ImmutableArray<ImmutableArray<int>> halves = [.. Enumerable.Range(0, 7).Select(_ => Enumerable.Range(0, Half).Select(_ => random.Next(model.Config.Vocabulary)).ToImmutableArray())];
        var (induction, previousToken, duplicateToken) = RepetitionScores.Tables(model.Engine, halves);
        var plain = new PlainHeads(model);

        // 32 units take 5 runs of each of 7 sequences; the first k of a run are where k·5/count passes a whole number.
        foreach (var (table, distance, starts) in ((HeadTable, int, int[])[])
            [(induction, Half - 1, [0, 2, 3, 5, 6, 7]), (previousToken, 1, [0, 3, 5, 7, 9, 11]), (duplicateToken, Half, [0, 2, 3, 4, 5, 6])])
        {
            var samples = table.Samples!;
            Assert.Equal(35, samples.Units);
            AssertSumsToTheScores(table);
            for (var unit = 0; unit < 35; unit++)
            {
                var (half, first, end) = (halves[unit / 5], starts[unit % 5], starts[(unit % 5) + 1]);
                Assert.Equal(end - first, samples.Denominators[unit]);
                var attention = plain.Attention(2, 1, model.Plain.Run(half.AddRange(half)).Sources);
                var head = (2 * model.Config.Heads) + 1;
                Assert.Equal(Enumerable.Range(first, end - first).Sum(k => attention[k + distance][k]), samples.Numerators[(head * 35) + unit], 1e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Successor_EveryUnit_IsAList(string kind)
    {
        using var model = new TruthModel(kind);
        var random = new Random(11);
        ImmutableArray<SuccessorList> lists = [.. Enumerable.Range(0, 6).Select(i =>
        {
            var tokens = Enumerable.Range(0, model.Config.Vocabulary).OrderBy(_ => random.Next()).Take(4 + i).ToArray();
            return new SuccessorList($"{i}", [.. tokens.Zip(tokens.Skip(1))]);
        })];
        var table = SuccessorScores.Measure(model.Device, model.Source, lists)!;
        var plain = new PlainHeads(model);
        AssertSumsToTheScores(table);
        Assert.Equal([3.0, 4, 5, 6, 7, 8], table.Samples!.Denominators);
        foreach (var (head, i) in table.Where(_ => true).Select((h, i) => (h, i)))
        {
            Assert.All(lists, (list, unit) => Assert.Equal(plain.Successor(head.Layer, head.Head, [list]), table.Samples.Ratio(i, [unit]), 1e-12));
        }

        Assert.True(table.Samples.Numerators.Distinct().Count() > 2);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Copying_EveryUnit_IsABlockOfPrompts(string kind)
    {
        using var model = new TruthModel(kind);
        using var processed = Transformer.LoadProcessed(model.Device, model.Source);
        var few = HeadScoreTruthTests.Prompts(model);
        ImmutableArray<Example> prompts = [.. Enumerable.Range(0, 45).Select(i => few[i * 3 % few.Length])];
        var (copying, negative) = CopyScores.Measure(processed, prompts, topTokens: 5);
        var plain = new PlainHeads(model);
        foreach (var (table, sign) in new[] { (copying, 1), (negative, -1) })
        {
            AssertSumsToTheScores(table);
            Assert.Equal(32, table.Samples!.Units);
            Assert.Equal(3 * 45, table.Samples.Denominators.Sum());
            var shares = few.ToDictionary(p => p, p => plain.Copying(1, 0, [p], 5, sign));
            for (var unit = 0; unit < 32; unit++)
            {
                // Prompt i of 45 is in block ⌊i·32/45⌋.
                Example[] block = [.. prompts.Where((_, i) => i * 32 / 45 == unit)];
                Assert.Equal(3 * block.Length, table.Samples.Denominators[unit]);
                Assert.Equal(block.Average(p => shares[p]), table.Samples.Ratio(model.Config.Heads, [unit]), 1e-12);
            }
        }

        Assert.True(copying.Samples!.Numerators.Concat(negative.Samples!.Numerators).Distinct().Count() > 3);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void CopySuppression_EveryUnit_IsAText(string kind)
    {
        using var model = new TruthModel(kind);
        using var processed = Transformer.LoadProcessed(model.Device, model.Source);
        var random = new Random(4);
        var inputs = new HeadScoreInputs
        {
            Options = new HeadScoreOptions { MeanTexts = 4, Texts = 3, TextPositions = 7, TextLength = 7, FirstLayer = 1, SourceShare = 0.3 },
            RepeatedHalves = [],
            SuccessorLists = [],
            Ioi = [],
            Texts = [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, 7).Select(_ => random.Next(model.Config.Vocabulary)).ToImmutableArray())],
            FunctionTokens = [1, 4, 7],
            Notes = [],
        };
        var table = CopySuppressionScores.Measure(processed, inputs)!;
        AssertSumsToTheScores(table);
        Assert.Equal((3, table.Samples!.Numerators.Length), (table.Samples.Units, table.Samples.Denominators.Length));
        var (plain, head) = (new PlainHeads(model), 2 * model.Config.Heads);
        for (var unit = 0; unit < 3; unit++)
        {
            // The mean is over the first texts in whatever order.
            var alone = inputs with { Texts = [inputs.Texts[unit], .. inputs.Texts.RemoveAt(unit)], Options = inputs.Options with { Texts = 1 } };
            Assert.Equal(plain.CopySuppression(2, 0, alone), table.Samples.Ratio(head, [unit]), 1e-4);
            Assert.True(table.Samples.Denominators[(head * 3) + unit] > 0);
        }
    }

    [Fact]
    public void SInhibition_EveryUnit_IsABlockOfPrompts_AndTheVerdictThatOfAll()
    {
        using var device = new ReferenceDevice();
        using var model = Transformer.LoadProcessed(device, new HandBuiltModel());
        HeadIndex[] candidates = [HandBuiltModel.SInhibition, HandBuiltModel.SPromotion];
        ImmutableArray<Example> prompts = [.. Enumerable.Range(0, 36).Select(i => HandBuiltModel.Prompts[i * i % HandBuiltModel.Prompts.Length])];
        var effects = SInhibitionTest.Run(model, prompts, [HandBuiltModel.NameMover], candidates);
        var table = SInhibitionTest.Table(3, 4, prompts.Length, effects);
        AssertSumsToTheScores(table);
        Assert.Equal(32, table.Samples!.Units);
        var head = (HandBuiltModel.SInhibition.Layer * 4) + HandBuiltModel.SInhibition.Head;
        Assert.Equal(-effects[0].LogitDifference, table.Values[head]);
        for (var unit = 0; unit < 32; unit++)
        {
            var block = prompts.Where((_, i) => i * 32 / 36 == unit).ToArray();
            var alone = SInhibitionTest.Run(model, block, [HandBuiltModel.NameMover], candidates)[0];
            Assert.Equal(-alone.LogitDifference, table.Samples.Ratio(head, [unit]), 1e-9);
            Assert.Equal(0, table.Samples.Ratio((HandBuiltModel.SPromotion.Layer * 4) + HandBuiltModel.SPromotion.Head, [unit]));
        }

        // Where nothing was tested nothing inhibits, whatever is drawn.
        Assert.Equal(0, SInhibitionTest.Table(3, 4, 5, []).Samples!.Ratio(head, [0, 1, 2, 3, 4]));
    }

    private static void AssertSumsToTheScores(HeadTable table)
    {
        int[] all = [.. Enumerable.Range(0, table.Samples!.Units)];
        for (var h = 0; h < table.Values.Length; h++)
        {
            Assert.Equal(table.Values[h], table.Samples.Ratio(h, all), 1e-12);
        }

        Assert.Contains(table.Values, v => v != 0);
    }
}
