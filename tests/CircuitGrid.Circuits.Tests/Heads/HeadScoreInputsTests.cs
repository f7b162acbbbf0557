using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Heads;

public sealed class HeadScoreInputsTests
{
    private static readonly Tokenizer s_nano = Tokenizer.Load(Path.Combine(NanoFolder.Path, "tokenizer.json"));

    [Fact]
    public void Words_AreThirtyTwoListsOfTheLengthsTheyHave()
    {
        var words = HeadWords.Default;
        Assert.Equal([200, 20, 10, 7, 7, 12, 12, 26, 20], words.Sequences.Select(s => s.Words.Length));
        Assert.Equal(32, words.Sequences.Sum(s => s.BothCases ? 4 : 2));
        Assert.Equal(["days", "days, short", "months", "months, short"], words.Sequences.Where(s => s.Cyclic).Select(s => s.Name));
        Assert.All(words.Sequences, s => Assert.Distinct(s.Words));
        Assert.Distinct(words.FunctionWords.Concat(words.Marks));
        Assert.Equal(Enumerable.Range(1, 20).Select(Roman), words.Sequences[^1].Words);

        static string Roman(int n) => n >= 10 ? "X" + Roman(n - 10) : n == 9 ? "IX" : n >= 5 ? "V" + Roman(n - 5) : n == 4 ? "IV" : new string('I', n);
    }

    [Fact]
    public void SuccessorLists_OfATokenizer_HoldWhatItKeepsWhole()
    {
        var words = new HeadWords(
            [
                new WordSequence("days", Cyclic: true, BothCases: true, ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]),
                new WordSequence("gap", Cyclic: false, BothCases: false, ["one", "two", "threeandahalf", "four", "five", "six"]),
                new WordSequence("alone", Cyclic: false, BothCases: false, ["one", "two"]),
            ],
            [],
            []);
        var (lists, note) = words.SuccessorLists(s_nano);
        string[] Text((int Token, int Successor) pair) => [s_nano.TokenText(pair.Token), s_nano.TokenText(pair.Successor)];

        // The tokenizer has days with a capital after a space only, and numbers after a space only.
        Assert.Equal(["days, after a space", "gap, after a space"], lists.Select(l => l.Name));
        Assert.Equal(7, lists[0].Pairs.Length);
        Assert.Equal([" Sunday", " Monday"], Text(lists[0].Pairs[^1]));
        Assert.Equal([[" one", " two"], [" four", " five"], [" five", " six"]], lists[1].Pairs.Select(Text));
        Assert.Equal("10 of 40 pairs of successive words are single tokens in 2 lists", note);
    }

    /// <summary>Words without letters are the same in both cases, as numbers are.</summary>
    [Fact]
    public void SuccessorUnits_OfWordsWithoutLetters_AreHalfAsMany()
    {
        var words = new HeadWords(
            [
                new WordSequence("marks", Cyclic: false, BothCases: true, [".", ",", "'"]),
                new WordSequence("numbers", Cyclic: false, BothCases: true, ["one", "two", "three"]),
            ],
            [],
            []);
        var (lists, _) = words.SuccessorLists(s_nano);
        Assert.Equal(["marks", "marks, case turned", "numbers, after a space"], lists.Select(l => l.Name));
        Assert.Equal(lists[0].Pairs, lists[1].Pairs);
        var inputs = new HeadScoreInputs { Options = new(), RepeatedHalves = [], SuccessorLists = lists, Ioi = [], Texts = [], FunctionTokens = [], Notes = [] };
        Assert.Equal([0, 0, 1], inputs.SuccessorUnits);
        Assert.Empty((inputs with { SuccessorLists = [] }).SuccessorUnits);
    }

    [Fact]
    public void FunctionTokens_AreEveryFormThatIsOneToken()
    {
        var (tokens, note) = (HeadWords.Default with { FunctionWords = ["the", "whereupon"], Marks = ["."] }).FunctionTokens(s_nano);
        string[] forms = [.. ((string[])["the", " the", "The", " The", ".", " ."]).Where(f => s_nano.Encode(f).Length == 1)];
        Assert.Superset(new HashSet<string>([" the", "."]), new HashSet<string>(forms));
        Assert.Equal(forms.Order(StringComparer.Ordinal), tokens.Select(s_nano.TokenText).Order(StringComparer.Ordinal));
        Assert.Equal("2 of 3 function words and marks are a single token in some form", note);
    }

    [Fact]
    public void For_PythiaAndOthers_HasTheValuesOfThePaperOrThoseThatFit()
    {
        Nano("nano-2l", out var nano);
        var pythia = nano with { ContextLength = 2048, Vocabulary = 50304 };
        var paper = HeadScoreOptions.For(pythia);
        Assert.Equal(new HeadScoreOptions(), paper);
        Assert.Equal((100, 2, (100, 20000), 1000, 2), (paper.RepeatedTokens, paper.RepeatedSequences, paper.RandomIds, paper.TextLength, paper.FirstLayer));

        var small = HeadScoreOptions.For(pythia with { ContextLength = 64, Vocabulary = 748 });
        Assert.Equal((32, 7, null, 64, 61, 1), (small.RepeatedTokens, small.RepeatedSequences, small.RandomIds, small.TextLength, small.TextPositions, small.FirstLayer));
        Assert.Equal((100, 1000), (HeadScoreOptions.For(pythia with { ContextLength = 1000 }).RepeatedTokens, HeadScoreOptions.For(pythia with { ContextLength = 1000 }).TextLength));
    }

    [Fact]
    public void Build_ForTheNanoSuite_DrawsWordsAndTextsOfTheRightSizes()
    {
        var inputs = Nano("nano-2l", out var config);
        Assert.Equal(7, inputs.RepeatedHalves.Length);
        Assert.All(inputs.RepeatedHalves, half => Assert.Equal(32, half.Length));
        Assert.All(inputs.RepeatedHalves.SelectMany(h => h), id => Assert.Matches("^ [A-Za-z]+$", s_nano.TokenText(id)));
        Assert.True(inputs.RepeatedHalves.SelectMany(h => h).Distinct().Count() > 100);
        Assert.Equal(70, inputs.Ioi.Length);
        Assert.Equal(100, inputs.Texts.Length);
        Assert.All(inputs.Texts, text => Assert.Equal((61, 0), (text.Length, text[0])));
        Assert.Distinct(inputs.Texts.Select(t => s_nano.Decode(t.AsSpan())));
        Assert.Contains(0, inputs.FunctionTokens);
        Assert.Equal(inputs.Texts.SelectMany(t => t), Nano("nano-2l", out _).Texts.SelectMany(t => t));
        Assert.NotEqual(inputs.Texts[0], HeadScoreInputs.Build(config, s_nano, TaskLexicon.Default with { Ioi = null }, inputs.Options with { Seed = 2 }).Texts[0]);
    }

    [Fact]
    public void Build_WithoutNamesOrLongTexts_LeavesThoseOutAndSaysSo()
    {
        Nano("nano-2l", out var config);
        var tooShort = TextCorpus.Of("letters", ["a", "b"]);
        var inputs = HeadScoreInputs.Build(config, s_nano, TaskLexicon.Default with { Ioi = null }, HeadScoreOptions.For(config) with { Corpus = tooShort });
        Assert.Empty(inputs.Ioi);
        Assert.Empty(inputs.Texts);
        Assert.Contains("0 texts of letters", inputs.Notes);
        Assert.Contains(inputs.Notes, n => n.StartsWith("no IOI prompts: lexicon English: has no section ioi", StringComparison.Ordinal));
        Assert.NotEmpty(inputs.RepeatedHalves);
    }

    [Fact]
    public void Build_OptionsThatDontFit_AreErrorsThatSayWhy()
    {
        var options = Nano("nano-2l", out var config).Options;
        foreach (var wrong in (HeadScoreOptions[])
        [
            options with { RepeatedTokens = 33 }, options with { RandomIds = (700, 749) }, options with { RandomIds = (5, 6) }, options with { TextPositions = 65, TextLength = 100 },
            options with { Texts = 0 }, options with { SourceShare = double.NaN }, options with { FirstLayer = -1 }, options with { TopTokens = 0 },
        ])
        {
            var error = Assert.Throws<InvalidInputException>(() => HeadScoreInputs.Build(config, s_nano, TaskLexicon.Default, wrong));
            Assert.Equal("head scores", error.Input);
        }
    }

    [Fact]
    public void Corpus_OfTexts_PassesOverShortOnesAndShufflesTheRest()
    {
        ImmutableArray<string> texts = [.. Enumerable.Range(0, 30).Select(i => string.Concat(Enumerable.Repeat(" the king", i)) + "\u2019s")];
        var taken = TextCorpus.Of("texts", texts).Take(s_nano, seed: 1, length: 22, positions: 5, count: 100);
        Assert.Equal(20, taken.Length);
        Assert.All(taken, t => Assert.Equal(5, t.Length));
        var lengths = TextCorpus.Of("texts", texts).Take(s_nano, seed: 1, length: 22, positions: 64, count: 8).Select(t => t.Length).ToArray();
        Assert.Equal(8, lengths.Length);
        Assert.NotEqual(lengths.Order(), lengths);
        Assert.Equal(lengths, TextCorpus.Of("texts", texts).Take(s_nano, seed: 1, length: 22, positions: 64, count: 8).Select(t => t.Length));
        Assert.Contains("'", s_nano.Decode(TextCorpus.Of("texts", ["a\u2019s\u201C"]).Take(s_nano, 1, 1, 64, 1)[0].AsSpan()), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CorpusFile_ReadsEveryLine_AndNamesTheOneItCannot()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "\uFEFF{\"text\":\"the king and the queen\"}\n\n{\"text\":\"a\",\"meta\":{\"set\": 1},\"id\":\"x\",\"url\":\"y\"}\r\n \r\n");
        Assert.Equal(2, TextCorpus.Load(path).Take(s_nano, 1, 1, 64, 10).Length);
        File.Delete(path);
        Assert.Throws<InvalidInputException>(() => TextCorpus.Load(path));
    }

    [Theory]
    [InlineData("{\"text\":3}", "line 2", "text is a number; it must be a text")]
    [InlineData("{\"Text\":\"b\"}", "line 2", "text is missing")]
    [InlineData("{\"text\":\"b\",\"txt\":\"c\"}", "line 2", "has no key 'txt'; did you mean 'text'?")]
    [InlineData("{\"text\":\"b\",\"tokens\":[]}", "line 2", "has no key 'tokens'; known are text, ")]
    [InlineData("{\"text\":\"b\",\"text\":\"c\"}", "line 2", "has the key 'text' twice")]
    [InlineData("[\"b\"]", "line 2", "is a list, not a JSON object")]
    [InlineData("{\"text\":\"b\"", "line 2", "isn't valid JSON")]
    [InlineData("{\"text\":\"\u00FF\"}", "line 2", "isn't valid UTF-8: it has bytes that encode no character")]
    public void Load_CorpusWithAWrongLine_NamesTheLineAndTheReason(string line, string place, string reason)
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, [.. $"{{\"text\":\"a\"}}\n{line}\n".Select(c => (byte)c)]);
        var error = Assert.Throws<InvalidInputException>(() => TextCorpus.Load(path));
        File.Delete(path);
        Assert.Equal($"{path}: {place}", error.Input);
        Assert.StartsWith(reason, error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Measure_NanoCheckpoint_GivesEveryRoleAndTheSameBitsForAnyThreads()
    {
        const string Model = "nano-3l";
        var inputs = Nano(Model, out var config);
        HeadScores? first = null;
        foreach (var (threads, budget) in ((int, long?)[])[(1, null), (3, 5_000_000)])
        {
            using var device = new CpuDevice(new CpuDeviceOptions { Threads = threads });
            using var checkpoint = Checkpoint.Open(Path.Combine(NanoFolder.Path, Model, NanoFolder.LastStep(Model)));
            var scores = HeadScores.Measure(device, checkpoint, inputs, memoryBudget: budget);
            Assert.Equal(Enum.GetValues<HeadRole>(), scores.Roles.Keys);
            Assert.All(scores.Roles.Values.Append(scores.DirectEffects!), t => Assert.Equal((config.Layers, config.Heads), (t.Layers, t.Heads)));
            Assert.All(scores.Roles.SelectMany(r => r.Value.Values), v => Assert.True(double.IsFinite(v)));
            first ??= scores;
            foreach (var (role, table) in scores.Roles)
            {
                Assert.Equal(first.Roles[role].Values, table.Values);
            }

            Assert.Equal(first.DirectEffects!.Values, scores.DirectEffects!.Values);
            var without = HeadScores.Measure(device, checkpoint, inputs with { Ioi = [], Texts = [], SuccessorLists = [] });
            Assert.Equal([HeadRole.Induction, HeadRole.PreviousToken, HeadRole.DuplicateToken], without.Roles.Keys);
            Assert.Null(without.DirectEffects);
        }
    }

    [Fact]
    public void Table_OfValues_IsReadByLayerAndHead()
    {
        var table = new HeadTable(3, [0, 1, 2, 3, 4, 5]);
        Assert.Equal((2, 3, 5.0, 3.0), (table.Layers, table.Heads, table[1, 2], table[new HeadIndex(1, 0)]));
        Assert.Equal([new HeadIndex(0, 1), new HeadIndex(1, 1)], table.Where(v => v is 1 or 4));
        Assert.Equal("a1.h2", new HeadIndex(1, 2).ToString());
        Assert.Throws<ArgumentException>(() => new HeadTable(3, [1, 2]));
    }

    private static HeadScoreInputs Nano(string model, out ModelConfig config)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(NanoFolder.Path, model, "step0"));
        config = checkpoint.Config;
        return HeadScoreInputs.Build(config, s_nano, TaskLexicon.Load(Path.Combine(NanoFolder.Path, "lexicon.json")), HeadScoreOptions.For(config));
    }
}
