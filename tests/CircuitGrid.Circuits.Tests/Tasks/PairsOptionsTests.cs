using System.Globalization;
using System.Text;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Pairs;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>What is said about how a pairs file is to be read, and what holds for its examples together.</summary>
public sealed class PairsOptionsTests
{
    private static readonly Tokenizer s_tokenizer = TokenizerTrainer.Train([], new() { VocabularySize = 300, SpecialTokens = ["<|pad|>", "<|endoftext|>"], RequiredWords = [" Mary", " John"] });

    [Fact]
    public void Bos_BeforeIds_MovesThePosition()
    {
        const string Lines = """
            {"clean": [5, 6, 7], "corrupted": [8, 6, 7], "correct": [9], "incorrect": [10]}
            {"clean": [5, 6, 7], "corrupted": [8, 6, 7], "correct": [9], "incorrect": [10], "position": 1}
            {"clean": [5, 6, 1], "corrupted": [8, 1, 7], "correct": [9], "incorrect": [10], "position": 0}
            """;

        var examples = Read(Lines, new() { Tokenizer = new(s_tokenizer), PrependBos = true }).Examples;

        Assert.Equal([[1, 5, 6, 7], [1, 5, 6], [1, 5]], examples.Select(x => x.Clean.ToArray()));
        Assert.Equal([[1, 8, 6, 7], [1, 8, 6], [1, 8]], examples.Select(x => x.Corrupted.ToArray()));
    }

    [Fact]
    public void Bos_BeforeText_IsTheSameInBothForms()
    {
        int[] clean = [1, .. s_tokenizer.Encode("ab Mary")];
        int[] corrupted = [1, .. s_tokenizer.Encode("ab John")];
        var options = new PairsOptions { Tokenizer = new(s_tokenizer), PrependBos = true };

        var json = Assert.Single(Read("""{"clean": "ab Mary", "corrupted": "ab John", "correct": [9], "incorrect": [10]}""", options).Examples);
        var csv = Assert.Single(Read("clean,corrupted,correct_idx,incorrect_idx\nab Mary,ab John,9,10", options, csv: true).Examples);

        Assert.Equal((clean, corrupted), (json.Clean.ToArray(), json.Corrupted.ToArray()), (a, b) => a.Item1.SequenceEqual(b.Item1) && a.Item2.SequenceEqual(b.Item2));
        Assert.Equal(json.Clean, csv.Clean);
        Assert.Equal(json.Corrupted, csv.Corrupted);
    }

    [Theory]
    [InlineData("""{"clean": [1, 6], "corrupted": [8, 6], "correct": [9], "incorrect": [10]}""", "pairs: line 1: clean begins with <|endoftext|> (id 1) already")]
    [InlineData("""{"clean": [5, 6], "corrupted": [1, 6], "correct": [9], "incorrect": [10]}""", "pairs: line 1: corrupted begins with <|endoftext|> (id 1) already")]
    [InlineData("""{"clean": "<|endoftext|>a", "corrupted": "<|endoftext|>b", "correct": [9], "incorrect": [10]}""", "pairs: line 1: clean begins with <|endoftext|> (id 1) already")]
    [InlineData("""{"clean": [5, 6, 7], "corrupted": [8, 6, 7], "correct": [9], "incorrect": [10]}""", "pairs: line 1: clean has 4 tokens, but the model's context holds 3")]
    public void Bos_WhereItDoesNotFit_IsRefused(string line, string expected)
    {
        var error = Assert.Throws<InvalidInputException>(() => Read(line, new() { Tokenizer = new(s_tokenizer), PrependBos = true, Limits = new(300, 3) }));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bos_WithoutATokenThatItCouldBe_IsRefused()
    {
        const string Line = """{"clean": [5, 6], "corrupted": [8, 6], "correct": [9], "incorrect": [10]}""";
        var other = TokenizerTrainer.Train([], new() { VocabularySize = 300, SpecialTokens = ["<s>"] });

        Assert.Contains("there is no tokenizer.json", Assert.Throws<InvalidInputException>(() => Read(Line, new() { PrependBos = true })).Message, StringComparison.Ordinal);
        Assert.Contains("has no token <|endoftext|>", Assert.Throws<InvalidInputException>(() => Read(Line, new() { PrependBos = true, Tokenizer = new(other) })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokenizer_ForIdsAlone_IsNotLoaded()
    {
        var tokenizer = new Lazy<Tokenizer>(() => throw new InvalidInputException("tokenizer.json", "is damaged"));
        var options = new PairsOptions { Tokenizer = tokenizer };

        Assert.Single(Read("""{"clean": [5, 6], "corrupted": [8, 6], "correct": [9], "incorrect": [10]}""", options).Examples);
        var error = Assert.Throws<InvalidInputException>(() => Read("""{"clean": "a", "corrupted": "b", "correct": [9], "incorrect": [10]}""", options));
        Assert.Equal("tokenizer.json: is damaged", error.Message);
    }

    [Fact]
    public void IgnoreColumns_NamesSomebodyHasLookedAt_ArePassedOver()
    {
        const string Lines = """
            {"clean": [5, 6], "corrupted": [8, 6], "correct": [9], "incorrect": [10], "source": "web", "weight": 2}
            {"clean": [5, 7], "corrupted": [8, 7], "correct": [9], "incorrect": [10]}
            """;
        const string Csv = "clean,corrupted,correct_idx,incorrect_idx,source,weight\na,b,1,2,web,2\n";

        foreach (var (text, csv) in new[] { (Lines, false), (Csv, true) })
        {
            Assert.NotEmpty(Read(text, new() { Tokenizer = new(s_tokenizer), IgnoreColumns = ["source", "weight"] }, csv).Examples);
            Assert.Contains("'weight', which isn't known", Refused("source"), StringComparison.Ordinal);
            Assert.Contains("has no 'author', which is to be ignored", Refused("author", "source", "weight"), StringComparison.Ordinal);
            Assert.Contains("'position' can't be ignored", Refused("position", "source", "weight"), StringComparison.Ordinal);

            string Refused(params string[] ignored) =>
                Assert.Throws<InvalidInputException>(() => Read(text, new() { Tokenizer = new(s_tokenizer), IgnoreColumns = [.. ignored] }, csv)).Message;
        }
    }

    [Fact]
    public void IgnoreColumns_ASlipOfAKnownName_IsRefusedAllTheSame()
    {
        const string Line = """{"clean": [5, 6], "corrupted": [8, 6], "correct": [9], "incorrect": [10], "postion": 0}""";

        Assert.Contains("did you mean 'position'?", Assert.Throws<InvalidInputException>(() => Read(Line, new() { IgnoreColumns = ["postion"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Template_OfEveryExample_IsKeptInOrder()
    {
        const string Lines = """
            {"clean": [5, 6], "corrupted": [8, 6], "correct": [9], "incorrect": [10], "template": "b"}
            {"clean": [5, 7], "corrupted": [8, 7], "correct": [9], "incorrect": [10], "template": "a"}
            """;

        Assert.Equal(["b", "a"], Read(Lines, new()).Templates);
        Assert.Equal(["b"], Read(Lines, new() { Count = 1 }).Templates);
        Assert.Equal(["t, u"], Read("clean,template,corrupted,correct_idx,incorrect_idx\na,\"t, u\",b,1,2\n", new() { Tokenizer = new(s_tokenizer) }, csv: true).Templates);

        var error = Assert.Throws<InvalidInputException>(() => Read(Lines.Replace(", \"template\": \"a\"", "", StringComparison.Ordinal), new()));
        Assert.Contains("has no template in line 2, and has one elsewhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Count_OfMoreThanThereAre_IsRefused()
    {
        var lines = string.Join('\n', Enumerable.Range(11, 5).Select(i => $$"""{"clean": [5, {{i}}], "corrupted": [8, 6], "correct": [9], "incorrect": [10]}"""));

        Assert.Equal([11, 12, 13], Read(lines, new() { Count = 3 }).Examples.Select(x => x.Clean[1]));
        Assert.Equal(5, Read(lines, new() { Count = 5 }).Examples.Length);
        Assert.Equal("pairs: has 5 examples, and 'count' asks for 6", Assert.Throws<InvalidInputException>(() => Read(lines, new() { Count = 6 })).Message);
    }

    [Theory]
    [InlineData("""{"clean": [5, 6], "corrupted": [5, 6], "correct": [9], "incorrect": [10]}""", "the clean and the corrupted prompt are the same up to the answer")]
    [InlineData("""{"clean": [5, 6], "corrupted": [5, 7], "correct": [9], "incorrect": [10], "position": 0}""", "the clean and the corrupted prompt are the same up to the answer")]
    [InlineData("""{"clean": [5, 6], "corrupted": [8, 6], "correct": [9], "incorrect": [9]}""", "an answer is both correct and incorrect")]
    [InlineData("""{"clean": [5, 6], "corrupted": [8, 6], "correct": [9, 11], "incorrect": [10, 11]}""", "an answer is both correct and incorrect")]
    [InlineData("""{"clean": [5, 6], "corrupted": [8, 6], "correct": [9, 11, 9], "incorrect": [10]}""", "an answer is named twice on one side")]
    [InlineData("""{"clean": [5, 6], "corrupted": [8, 6], "correct": [9], "incorrect": [10, 10]}""", "an answer is named twice on one side")]
    public void Degenerate_Examples_AreNamedByTheirLines(string line, string fault)
    {
        const string Sound = """{"clean": [5, 6], "corrupted": [8, 6], "correct": [9], "incorrect": [10]}""";
        string[] few = [Sound, line, Sound, line];
        string[] many = [Sound, .. Enumerable.Repeat(line, 12)];

        Assert.Equal($"pairs: {fault} in lines 2, 4. Such examples say nothing of a model", Refused(few));
        Assert.Equal($"pairs: {fault} in lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more. Such examples say nothing of a model", Refused(many));

        static string Refused(string[] lines) => Assert.Throws<InvalidInputException>(() => Read(string.Join('\n', lines), new())).Message;
    }

    /// <summary>What stands on a command line may have no ending that says what it is, and no length.</summary>
    [Fact]
    public async Task LoadNamed_OfAPipe_ReadsEitherForm()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Named pipes are made by mkfifo.");
        }

        var folder = Directory.CreateTempSubdirectory("circuitgrid-").FullName;
        string[] texts =
        [
            " {\"clean\": [5, 6], \"corrupted\": [8, 6], \"correct\": [9], \"incorrect\": [10]}\n",
            "clean,corrupted,correct_idx,incorrect_idx\na,b,9,10\n",
        ];
        foreach (var (text, i) in texts.Select((x, i) => (x, i)))
        {
            var pipe = Path.Combine(folder, i.ToString(CultureInfo.InvariantCulture));
            using (var make = System.Diagnostics.Process.Start("mkfifo", [pipe]))
            {
                await make.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            var writing = Task.Run(() => File.WriteAllText(pipe, text), TestContext.Current.CancellationToken);
            var dataset = PairsFile.LoadNamed(pipe, MetricKind.LogitDifference, new() { Tokenizer = new(s_tokenizer) }, TestContext.Current.CancellationToken);
            Assert.Equal([9], Assert.Single(dataset.Examples).Correct);
            await writing;
        }

        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        Assert.ThrowsAny<OperationCanceledException>(() => PairsFile.LoadNamed(Path.Combine(folder, "0"), MetricKind.LogitDifference, new(), stop.Token));
        Assert.Contains("is a pipe, not a plain file", Assert.Throws<InvalidInputException>(() => PairsFile.Load(Rename("0", "0.jsonl"), MetricKind.LogitDifference, new())).Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);

        string Rename(string from, string to)
        {
            File.Move(Path.Combine(folder, from), Path.Combine(folder, to));
            return Path.Combine(folder, to);
        }
    }

    private static TaskDataset Read(string text, PairsOptions options, bool csv = false) =>
        PairsFile.Parse(Encoding.UTF8.GetBytes(text), "pairs", csv, MetricKind.LogitDifference, options);
}
