using System.Text;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Pairs;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Tasks;

public sealed class PairsFileTests
{
    private const string Ids = """{"clean": [1, 2, 3], "corrupted": [4, 2, 3], "correct": [5], "incorrect": [6, 7]}""";

    private static readonly Tokenizer _tokenizer = TokenizerTrainer.Train([], new() { VocabularySize = 300, RequiredWords = [" Mary", " John"] });

    private static readonly Tokenizer s_digits = TokenizerTrainer.Train([], new() { VocabularySize = 400, RequiredWords = [.. Enumerable.Range(0, 100).Select(TwoDigitTokens.Text)] });

    public static TheoryData<string, string> BadLines { get; } = new()
    {
        { "[1]", "is a list, not a JSON object" },
        { "{\"clean\": [1]", "isn't valid JSON: it ends in the middle of a value" },
        { "{\"clean\": [NaN]}", "isn't valid JSON: it has NaN" },
        { "{\"clean\": [1], \"clean\": [1], \"corrupted\": [2], \"correct\": [1], \"incorrect\": [2]}", "has the key 'clean' twice" },
        { "{\"corrupted\": [4], \"correct\": [5], \"incorrect\": [6]}", "clean is missing" },
        { "{\"clean\": [1], \"corrupted\": [4], \"incorrect\": [6]}", "correct is missing" },
        { "{\"clean\": 1, \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6]}", "clean is a number; it must be a text or a list of ids" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": 5, \"incorrect\": [6]}", "correct is a number; it must be a list" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [], \"incorrect\": [6]}", "correct is empty" },
        { "{\"clean\": [], \"corrupted\": [], \"correct\": [5], \"incorrect\": [6]}", "clean has no tokens" },
        { "{\"clean\": [1, 2], \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6]}", "the clean prompt has 2 tokens and the corrupted one 1" },
        { "{\"clean\": [1, 2, 3], \"corrupted\": [1], \"correct\": [5], \"incorrect\": [6]}", "They part at token 1, counted from 0: the clean one goes on with 2, 3, the corrupted one with nothing" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": \"a\", \"incorrect\": [6]}", "correct is text, and there is no tokenizer.json" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [[5]], \"incorrect\": [6]}", "correct has lists in its list; the tokens of one answer go into correct_tokens" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [5], \"correct_tokens\": [5], \"incorrect\": [6]}", "correct_tokens stands beside correct" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct_tokens\": [], \"incorrect\": [6]}", "correct is empty" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct_tokens\": [5, 6], \"incorrect\": [6, 7]}", "incorrect has 2 answers, beside one of several tokens" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct_tokens\": [5, 6], \"incorrect\": [5]}", "one answer begins with the other, so that they never differ: correct is 5, 6, incorrect 5" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct_tokens\": [5, 6], \"incorrect_tokens\": [5, 6]}", "the correct and the incorrect answer are the same, 5, 6" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct_tokens\": [5, 100], \"incorrect_tokens\": [5, 6]}", "correct has the id 100" },
        { "{\"clean\": [1, 2, 3], \"corrupted\": [2, 2, 3], \"correct_tokens\": [5, 6, 7], \"incorrect_tokens\": [5, 6, 8]}", "clean has 5 tokens, but the model's context holds 4" },
        { "{\"clean\": [1.5], \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6]}", "clean[0] is 1.5; it must be a whole number" },
        { "{\"clean\": [1], \"corrupted\": [100], \"correct\": [5], \"incorrect\": [6]}", "corrupted has the id 100, but the vocabulary's ids go from 0 to 99" },
        { "{\"clean\": [-1], \"corrupted\": [1], \"correct\": [5], \"incorrect\": [6]}", "clean has the id -1" },
        { "{\"clean\": [1], \"corrupted\": [2], \"correct\": [5], \"incorrect\": [100]}", "incorrect has the id 100" },
        { "{\"clean\": [1, 100], \"corrupted\": [2, 1], \"correct\": [5], \"incorrect\": [6], \"position\": 0}", "clean has the id 100" },
        { "{\"clean\": [1, 2, 3, 4, 5], \"corrupted\": [2, 2, 3, 4, 5], \"correct\": [5], \"incorrect\": [6]}", "clean has 5 tokens, but the model's context holds 4" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6], \"position\": 1}", "position 1 isn't one of the 1" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6], \"position\": -1}", "position -1 isn't" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6], \"position\": \"0\"}", "position is a text; it must be a number" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6], \"template\": 0}", "template is a number; it must be a text" },
        { "{\"clean\": \"a\", \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6]}", "clean is text, and there is no tokenizer.json" },
        { "{\"clean\": \"\\ud800\", \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6]}", "isn't valid Unicode" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6], \"postion\": 0}", "has a key 'postion'; did you mean 'position'?" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6], \"Position\": 0}", "has a key 'Position'; did you mean 'position'?" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6], \"pos\": null}", "has a key 'pos'; did you mean 'position'?" },
        { "{\"clean\": [1], \"corrupted\": [4], \"correct\": [5], \"incorrect\": [6], \"source\": \"x\"}", "has a key 'source', which isn't known; known are clean, corrupted, correct, incorrect, correct_tokens, incorrect_tokens, position, template, comment, id. " },
    };

    public static TheoryData<string, string> BadCsv { get; } = new()
    {
        { "clean,corrupted,correct\na,b,1\n", "line 1: has a column 'correct'; did you mean 'correct_idx'?" },
        { "clean,corrupted,incorrect_idx\na,b,1\n", "line 1: has the columns clean, corrupted, incorrect_idx, which are those of no form that is read" },
        { "clean,corrupted,correct_idx,incorrect_idx,clean\n", "line 1: has the column 'clean' twice" },
        { "clean,corrupted,correct_idx,incorrect_idx,Position\n", "line 1: has a column 'Position'; did you mean 'position'?" },
        { "clean,corrupted,correct_idx,incorrect_idx,\n", "line 1: has a column without a name" },
        { "clean,corrupted,correct_idx,incorrect_idx,weight\n", "line 1: has a column 'weight', which isn't known" },
        { "clean,corrupted,correct_idx,incorrect_idx,country_idx\n", "line 1: has the columns clean, corrupted, correct_idx, incorrect_idx, country_idx, which are those of no form" },
        { "clean,corrupted,group,plural\na,b,g,1\n", "line 1: has the columns of the subject-verb agreement data" },
        { "clean,corrupted,label1,label2\na,b,18,1\n", "line 1: has the columns of Greater-Than in several tokens" },
        { "clean,corrupted,correct_idx,incorrect_idx\na,b,1\n", "line 2: has 3 fields, but the header has 4" },
        { "clean,corrupted,correct_idx,incorrect_idx\na,b,x,2\n", "line 2: correct_idx is \"x\" where an id or a list like [1, 2] belongs" },
        { "clean,corrupted,correct_idx,incorrect_idx\na,b,\"1,2\",2\n", "line 2: correct_idx is \"1,2\"" },
        { "clean,corrupted,correct_idx,incorrect_idx\na,b,[],2\n", "line 2: correct is empty" },
        { "clean,corrupted,correct_idx,incorrect_idx\na,bc,1,2\n", "line 2: the clean prompt has 1 tokens and the corrupted one 2" },
        { "clean,corrupted,correct_idx,incorrect_idx,position\na,b,1,2,last\n", "line 2: position is \"last\" where a whole number belongs" },
        { "clean,corrupted,correct_idx,incorrect_idx,position\na,b,1,2,1\n", "line 2: position 1 isn't one of the 1" },
        { "clean,corrupted,correct_idx,incorrect_idx\n\"a\n\",\"b\n\",1,2\na,b\n", "line 5: has 2 fields" },
        { "clean,corrupted,correct_idx,incorrect_idx\n\"a,b,1,2\n", "line 2: has a quote that is never closed" },
        { "clean,corrupted,correct_idx,incorrect_idx\n\"a\"a,b,1,2\n", "line 2: has text after a closing quote" },
        { "clean,corrupted,correct_idx,incorrect_idx\na\"a,b,1,2\n", "line 2: has a quote within a field" },
        { "clean,corrupted,correct_idx,incorrect_idx\na,b,1,300\n", "line 2: incorrect has the id 300" },
        { "clean,corrupted,correct_idx,incorrect_idx\n", "has no examples" },
        { ",clean,corrupted,correct_idx,incorrect_idx\n0,a,b,1,2\n0,a,b,1,2\n", "line 3: has \"0\" in the column without a name" },
        { "Unnamed: 0,clean,corrupted,correct_idx,incorrect_idx\n0.5,a,b,1,2\n", "line 2: has \"0.5\" in the column without a name" },
        { "clean,corrupted,answers_idx,corrupted_answers_idx\na,b,\"[1, 2]\",[3]\n", "line 2: answers_idx has 2 answers. The data set's authors add up their logits" },
        { "clean,corrupted,correct_idx\nthe year 1234 to 12,the year 1201 to 12,4096\n", "line 2: correct_idx is \"4096\" where the last two digits of a year belong" },
        { "clean,corrupted,correct_idx\nthe year 1234 to 12,the year 1201 to 12,99\n", "line 2: correct_idx is \"99\" where" },
        { "clean,corrupted,correct_idx\nthe year 1234 to 12,the year 1201 to 12,35\n", "line 2: correct_idx is 35, but the clean prompt \"the year 1234 to 12\" isn't one that names such a year" },
        { "clean,corrupted,correct_idx,position\nthe year 1234 to 12,the year 1201 to 12,34,3\n", "line 1: has the columns clean, corrupted, correct_idx, position, which are those of no form" },
    };

    [Fact]
    public void Load_Ids_AreReadAsTheyAre()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("circuitgrid-").FullName, "my-task.jsonl");
        File.WriteAllText(path, $"{Ids}\n\n  \r\n{Ids.Replace("}", ", \"position\": 1, \"comment\": \"x\", \"id\": 7}", StringComparison.Ordinal)}");

        var dataset = PairsFile.Load(path, MetricKind.ProbabilityDifference, new());

        Assert.Equal("my-task", dataset.Task);
        Assert.Equal(MetricKind.ProbabilityDifference, dataset.Metric);
        Assert.Equal(2, dataset.Examples.Length);
        Check(dataset.Examples[0], [1, 2, 3], [4, 2, 3], [5], [6, 7]);
        // What follows the position is cut off.
        Check(dataset.Examples[1], [1, 2], [4, 2], [5], [6, 7]);
        Assert.Empty(dataset.Templates);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Load_Text_IsEncodedByTheTokenizer()
    {
        var (mary, john) = (Id(" Mary"), Id(" John"));

        var example = Assert.Single(Json("""{"clean": "a Mary", "corrupted": "a John", "correct": [1], "incorrect": [2], "position": null}""", _tokenizer).Examples);

        Check(example, [Id("a"), mary], [Id("a"), john], [1], [2]);
    }

    [Fact]
    public void Load_Csv_KnowsQuotesListsAndPositions()
    {
        const string Csv = "\uFEFFcorrupted,clean,comment,correct_idx,incorrect_idx,position\r\n\"b, \"\"\n\",\"a, \"\"\n\",7,1,\"[2, 3]\",\r\n\r\nbcd,abc,,\" 4 \",[5],1";

        var dataset = Parse(Csv, csv: true, _tokenizer);

        Assert.Equal(2, dataset.Examples.Length);
        Check(dataset.Examples[0], _tokenizer.Encode("a, \"\n"), _tokenizer.Encode("b, \"\n"), [1], [2, 3]);
        Check(dataset.Examples[1], [Id("a"), Id("b")], [Id("b"), Id("c")], [4], [5]);
    }

    [Theory]
    [MemberData(nameof(BadLines))]
    public void Load_ABadLine_IsNamed(string line, string expected)
    {
        var error = Assert.Throws<InvalidInputException>(() => Parse($"{Ids}\n\n{line}\n", csv: false, tokenizer: null, new(100, 4)));

        Assert.StartsWith("pairs: line 3: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BadCsv))]
    public void Load_ABadRow_IsNamed(string csv, string expected)
    {
        var error = Assert.Throws<InvalidInputException>(() => Parse(csv, csv: true, s_digits, new(300, 64)));

        Assert.StartsWith("pairs: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WhatIsNoPairsFile_IsRefused()
    {
        Assert.Contains("neither a .jsonl nor a .csv file", Assert.Throws<InvalidInputException>(() => PairsFile.Load("pairs.json", MetricKind.LogitDifference, new())).Message, StringComparison.Ordinal);
        Assert.Contains("doesn't exist", Assert.Throws<InvalidInputException>(() => PairsFile.Load(Path.Combine("no-such-folder", "pairs.csv"), MetricKind.LogitDifference, new())).Message, StringComparison.Ordinal);
        Assert.Contains("has no examples", Assert.Throws<InvalidInputException>(() => Json("\n \n", null)).Message, StringComparison.Ordinal);
        Assert.Contains("isn't UTF-8", Assert.Throws<InvalidInputException>(() => PairsFile.Parse(new byte[] { 0x7B, 0xFF }, "pairs", csv: false, MetricKind.LogitDifference, new())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_MutatedFiles_AreRefusedOrGiveSoundExamples(bool csv)
    {
        var seed = csv
            ? "clean,corrupted,correct_idx,incorrect_idx\n\"a, b\",\"c, d\",1,2\nab,cd,\"[3, 4]\",[5]\n\" \"\"Mary\"\"\",\" \"\"John\"\"\",6,7\n"
            : $$"""
               {{Ids}}
               {"clean": "a Mary", "corrupted": "b John", "correct": [1], "incorrect": [2], "position": 1}
               {"clean": [8, 9], "corrupted": [9, 8], "correct": [1, 2], "incorrect": [3], "position": 0}
               """;
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = Mutation.Of(Encoding.UTF8.GetBytes(seed), new Random(i));
            try
            {
                var dataset = PairsFile.Parse(bytes, "pairs", csv, MetricKind.LogitDifference, new() { Tokenizer = new(_tokenizer), Limits = new(300, 64) });
                accepted++;
                Assert.All(dataset.Examples, x =>
                {
                    Assert.Equal(x.Clean.Length, x.Corrupted.Length);
                    Assert.All([x.Clean, x.Corrupted, x.Correct, x.Incorrect], ids => Assert.True(ids.Length > 0 && ids.All(id => id is >= 0 and < 300)));
                });
            }
            catch (InvalidInputException e)
            {
                refused++;
                Assert.StartsWith("pairs: ", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', e.Message);
            }
        }

        Assert.InRange(accepted, 100, 2900);
        Assert.InRange(refused, 100, 2900);
    }

    private static int Id(string text) => Assert.Single(_tokenizer.Encode(text));

    private static TaskDataset Json(string content, Tokenizer? tokenizer) => Parse(content, csv: false, tokenizer);

    private static TaskDataset Parse(string content, bool csv, Tokenizer? tokenizer, ModelLimits? limits = null) => PairsFile.Parse(
        Encoding.UTF8.GetBytes(content),
        "pairs",
        csv,
        MetricKind.LogitDifference,
        new() { Tokenizer = tokenizer is null ? null : new(tokenizer), Limits = limits ?? ModelLimits.None });

    private static void Check(Example example, int[] clean, int[] corrupted, int[] correct, int[] incorrect)
    {
        Assert.Equal(clean, example.Clean);
        Assert.Equal(corrupted, example.Corrupted);
        Assert.Equal(correct, example.Correct);
        Assert.Equal(incorrect, example.Incorrect);
    }
}
