using System.Collections.Immutable;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Published;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Devices;

namespace CircuitGrid.Circuits.Tests.Published;

/// <summary>Models that were made up, whose numbers the plain implementation publishes.</summary>
public sealed class PublishedCheckTests : IDisposable
{
    private static readonly int[] s_ids = [3, 11, 7, 2, 9];
    private static readonly int[] s_others = [5, 1, 5];

    private readonly TruthModel model = new("gpt2", new CpuDevice(new CpuDeviceOptions { Threads = 2 }));

    public static TheoryData<string> Numbers => [PublishedKinds.Loss, PublishedKinds.LogitMeans, PublishedKinds.Logits, PublishedKinds.LogitDifferences, PublishedKinds.LogitDifferenceMean, PublishedKinds.Probabilities];

    public void Dispose() => model.Dispose();

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Check_TheModelsOwnNumbersAtThreeDecimals_AreWithinThemAndTheAllowance(string kind)
    {
        var expected = Plain(kind);
        var checkedEntry = Check(Entry(kind, [.. expected.Select(v => Math.Round(v, 3))], tolerance: new { decimals = 3, origin = "printed" }));
        Assert.Equal("", checkedEntry.Reason);
        Assert.Equal(CheckVerdict.Within, checkedEntry.Verdict);
        Assert.Equal(expected.Length, checkedEntry.Values.Length);
        Assert.All(checkedEntry.Values.Zip(expected), x => Assert.Equal(x.Second - Math.Round(x.Second, 3), x.First.Difference!.Value, 1e-5));
        Assert.All(checkedEntry.Values, v => Assert.InRange(v.Allowed!.Value, 0.0005 + 1e-4, 0.0005 + 1e-3));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Check_ANumberALittleFurtherThanAllowed_IsOutsideAlone(string kind)
    {
        var right = Plain(kind);
        var allowed = Check(Entry(kind, right)).Values[^1].Allowed!.Value;
        foreach (var (factor, verdict) in ((double, CheckVerdict)[])[(0.9, CheckVerdict.Within), (1.1, CheckVerdict.Outside), (-0.9, CheckVerdict.Within), (-1.1, CheckVerdict.Outside)])
        {
            var checkedEntry = Check(Entry(kind, [.. right[..^1], right[^1] + (factor * allowed)]));
            Assert.Equal(verdict, checkedEntry.Verdict);
            Assert.All(checkedEntry.Values[..^1], v => Assert.Equal(CheckVerdict.Within, v.Verdict));
            Assert.Same(checkedEntry.Values[^1], checkedEntry.Worst);
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Check_NumbersOfHalfPrecision_MayBeOffByWhatAccumulatesAndAUnitInTheLastPlace(string kind)
    {
        const double Accumulated = 0.02;
        var right = Plain(kind);
        foreach (var (off, verdict) in ((double, CheckVerdict)[])[(0.98, CheckVerdict.Within), (1.02, CheckVerdict.Outside)])
        {
            var published = right[0];
            for (var i = 0; i < 5; i++)
            {
                // until the unit is that of the published number
                var unit = Math.Pow(2, Math.Floor(Math.Log2(Math.Abs(published))) - 7);
                published = right[0] + (Math.Sign(right[0]) * off * (Accumulated + unit));
            }

            var checkedEntry = Check(Entry(kind, [published, .. right[1..]], "bfloat16", new { accumulated = Accumulated, origin = "made up" }));
            Assert.Equal(verdict, checkedEntry.Verdict);
        }
    }

    [Fact]
    public void Check_WhatIsComputedInHalfPrecision_IsJudgedAsSuch()
    {
        var entry = Entry(PublishedKinds.Logits, [.. Plain(PublishedKinds.Logits).Select(v => v + 0.09)]);
        Assert.Equal(CheckVerdict.Outside, MadeUp.Read(entry).Check(Subject()).Verdict);
        Assert.Equal(CheckVerdict.Within, MadeUp.Read(entry).Check(Subject(WeightPrecision.BFloat16)).Verdict);
    }

    [Fact]
    public void Check_DoubtfulNumbersThatAreOthers_AreAWarningThatSaysWhy()
    {
        var entry = Entry(PublishedKinds.Loss, [Plain(PublishedKinds.Loss)[0] + 1]);
        entry["doubt"] = "Nobody has run it.";
        var value = Assert.Single(Check(entry).Values);
        Assert.Equal(CheckVerdict.Warning, value.Verdict);
        Assert.Equal("Nobody has run it.", value.Remark);
        Assert.Equal(1, -value.Difference!.Value, 1e-4);
    }

    [Theory]
    [InlineData("""{"ids": [3, 60]}""", "prompt: token id 60 is outside the model's vocabulary")]
    [InlineData("""{"ids": [3, 60], "answers": [3, 50]}""", "answer: token id 50 is outside the model's vocabulary")]
    [InlineData("""{"text": "ab"}""", "nowhere: has neither a tokenizer.json nor a vocab.json with merges.txt, which texts need")]
    [InlineData("""{"text": "ab", "begin": "tokenizer"}""", "nowhere: has neither a tokenizer.json nor a vocab.json with merges.txt, which texts need")]
    public void Check_WhatTheModelCannotBeAsked_IsSaidWithItsReason(string prompt, string reason)
    {
        var made = JsonNode.Parse(prompt)!.AsObject();
        var answers = made["answers"]?.DeepClone() ?? new JsonArray(1, 2);
        made.Remove("answers");
        var entry = MadeUp.Entry(PublishedKinds.LogitDifferences, new { values = (double[])[0.5] });
        entry["prompts"] = new JsonArray(made);
        entry["answers"] = new JsonArray(answers);
        var checkedEntry = Check(entry);
        Assert.Equal(CheckVerdict.NotChecked, checkedEntry.Verdict);
        Assert.StartsWith(reason, checkedEntry.Reason, StringComparison.Ordinal);
        Assert.Empty(checkedEntry.Values);
    }

    [Theory]
    [InlineData(0, "float32", CheckVerdict.Outside)]
    [InlineData(6, "float32", CheckVerdict.Outside)]
    [InlineData(GreedyEntry.SeveralTokens - 1, "float16", CheckVerdict.Outside)]
    [InlineData(GreedyEntry.SeveralTokens, "float16", CheckVerdict.Warning)]
    [InlineData(6, "bfloat16", CheckVerdict.Warning)]
    [InlineData(8, "float32", CheckVerdict.Within)]
    public void Check_GreedyIdsThatFork_IsAWarningAfterSeveralTokensOfHalfPrecisionAlone(int agreed, string precision, CheckVerdict verdict)
    {
        int[] said = [.. Greedy(s_ids, 8)];
        if (agreed < said.Length)
        {
            said[agreed] = (said[agreed] + 1) % model.Config.Vocabulary;
        }

        var value = Assert.Single(Check(MadeUp.Entry(PublishedKinds.Greedy, new { prompt = new { ids = s_ids }, continuationIds = said }, precision)).Values);
        Assert.Equal(verdict, value.Verdict);
        Assert.Equal(agreed == 8 ? "" : $"forks after {agreed} tokens{(precision == "float32" ? "" : " in half precision")}", value.Remark);
        Assert.Equal(string.Join(' ', said), value.Expected);
    }

    [Fact]
    public void Check_HeadRoles_StandBesideScoresAndRanksWithoutAVerdict()
    {
        var config = model.Config;
        var entry = MadeUp.Entry(PublishedKinds.HeadRoles, new
        {
            roles = new object[]
            {
                new { name = "induction", measured = "induction", heads = (double[][])[[2, 1, 0.75]] },
                new { name = "name mover", heads = (int[][])[[0, 1], [1, 0]] },
            },
        });
        var checkedEntry = Check(entry);
        Assert.Equal("", checkedEntry.Reason);
        Assert.Equal(CheckVerdict.Finding, checkedEntry.Verdict);
        var scores = new RoleScores(model.Engine).Of(HeadRole.Induction);
        var rank = 1 + scores.Values.Count(v => v > scores[2, 1]);
        Assert.InRange(scores[2, 1], 0.001, 1);
        Assert.Equal(("induction", "a2.h1 0.75"), (checkedEntry.Values[0].Place, checkedEntry.Values[0].Expected));
        Assert.Equal(FormattableString.Invariant($"a2.h1 {scores[2, 1]:F2} (#{rank} of {config.Layers * config.Heads})"), checkedEntry.Values[0].Computed);
        Assert.Equal(("a0.h1, a1.h0", "not measured here"), (checkedEntry.Values[1].Expected, checkedEntry.Values[1].Computed));

        entry["roles"]![0]!["heads"]![0]![1] = config.Heads;
        Assert.StartsWith($"heads: a2.h{config.Heads} isn't one of the model's", Check(entry).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_WeightsThatAreNoNumbers_AreOutside()
    {
        using var broken = new TruthModel("gpt2", new CpuDevice(new CpuDeviceOptions { Threads = 2 }), weights: source => new ScaledTensors(source, "wte.weight", 1e20f));
        var checkedEntry = MadeUp.Read(Entry(PublishedKinds.Loss, [1])).Check(new() { Model = broken.Engine, Folder = "nowhere" });
        Assert.False(double.IsFinite(checkedEntry.Values[0].Difference!.Value));
        Assert.Equal(CheckVerdict.Outside, checkedEntry.Verdict);
    }

    private CheckedEntry Check(JsonObject entry) => MadeUp.Read(entry).Check(Subject());

    private CheckSubject Subject(WeightPrecision precision = WeightPrecision.Float32) => new() { Model = model.Engine, Folder = "nowhere", Precision = precision };

    private static JsonObject Entry(string kind, double[] values, string precision = "float32", object? tolerance = null) => MadeUp.Entry(
        kind,
        kind switch
        {
            PublishedKinds.Loss => new { prompts = Prompts(), value = values[0] },
            PublishedKinds.LogitMeans => new { prompt = new { ids = s_ids }, values },
            PublishedKinds.Logits => new { prompt = new { ids = s_ids }, position = 1, firstToken = 4, values },
            PublishedKinds.LogitDifferences => new { prompts = Prompts(), answers = Answers(), values },
            PublishedKinds.LogitDifferenceMean => new { prompts = Prompts(), answers = Answers(), value = values[0] },
            _ => new { prompt = new { ids = s_ids }, tokenIds = (int[])[8, 0], values },
        },
        precision,
        tolerance);

    private static object[] Prompts() => [new { ids = s_ids }, new { ids = s_others }];

    private static int[][] Answers() => [[1, 4], [12, 0]];

    /// <summary>The values in float64.</summary>
    private double[] Plain(string kind) => kind switch
    {
        PublishedKinds.Loss => [((int[][])[s_ids, s_others]).SelectMany(ids => Enumerable.Range(1, ids.Length - 1).Select(p => -Math.Log(Probabilities(ids[..p])[ids[p]]))).Average()],
        PublishedKinds.LogitMeans => [.. Enumerable.Range(1, s_ids.Length).Select(p => Logits(s_ids[..p]).Average())],
        PublishedKinds.Logits => Logits(s_ids[..2])[4..10],
        PublishedKinds.LogitDifferences => [Difference(s_ids, 1, 4), Difference(s_others, 12, 0)],
        PublishedKinds.LogitDifferenceMean => [(Difference(s_ids, 1, 4) + Difference(s_others, 12, 0)) / 2],
        _ => [Probabilities(s_ids)[8], Probabilities(s_ids)[0]],
    };

    private double Difference(int[] ids, int correct, int incorrect) => Logits(ids)[correct] - Logits(ids)[incorrect];

    private double[] Probabilities(int[] ids)
    {
        var logits = Logits(ids);
        var sum = logits.Sum(Math.Exp);
        return [.. logits.Select(x => Math.Exp(x) / sum)];
    }

    private double[] Logits(int[] ids) => model.Plain.Run(ids).Logits;

    private ImmutableArray<int> Greedy(int[] ids, int count)
    {
        var text = ids.ToList();
        for (var i = 0; i < count; i++)
        {
            var logits = Logits([.. text]);
            text.Add(Array.IndexOf(logits, logits.Max()));
        }

        return [.. text.Skip(ids.Length)];
    }
}
