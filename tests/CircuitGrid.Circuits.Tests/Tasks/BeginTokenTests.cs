using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Pairs;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>Which token 'bos' puts before prompts: what <c>config.json</c> says and what the tokenizer says.</summary>
public sealed class BeginTokenTests
{
    private const string Pair = """{"clean": [15, 16], "corrupted": [18, 16], "correct": [19], "incorrect": [20]}""";

    /// <summary>0 is <c>&lt;|endoftext|&gt;</c>, 1 <c>&lt;s&gt;</c>, 2 <c>&lt;t&gt;</c>.</summary>
    private static readonly Tokenizer s_plain = Create(["<|endoftext|>", "<s>", "<t>"]);

    private static readonly Tokenizer s_bare = Create(["<pad>", "<s>", "<t>"]);

    [Theory]
    [InlineData("ioi")]
    [InlineData("gendered-pronoun")]
    [InlineData("greater-than")]
    [InlineData("sva")]
    public void Build_TokenThatConfigNames_StandsBeforeEveryPrompt(string task)
    {
        var id = EnglishTokenizer.Whole.VocabularySize;
        var tokenizer = ChangedTokenizer.Of(EnglishTokenizer.Whole, file =>
        {
            var added = file["added_tokens"]!.AsArray();
            var begin = added[0]!.DeepClone();
            (begin["id"], begin["content"]) = (id, "<begin>");
            added.Add(begin);
        });
        var without = TaskLibrary.Build(task, tokenizer, new() { Count = 20 });
        var with = TaskLibrary.Build(task, tokenizer, new() { Count = 20, PrependBos = true, ConfiguredBegin = [id] });

        Assert.All(without.Examples.Zip(with.Examples), x =>
        {
            Assert.Equal([id, .. x.First.Clean], x.Second.Clean);
            Assert.Equal([id, .. x.First.Corrupted], x.Second.Corrupted);
        });
        Assert.Equal(new BeginToken(id, "<begin>", "config.json (bos_token_id)"), with.Begin);
        Assert.Equal([.. without.Notes, $"<begin> (id {id}) stands before every prompt, named by config.json (bos_token_id)"], with.Notes);
        Assert.Null(without.Begin);
    }

    [Theory]
    [InlineData("", "", 0, "the tokenizer")]
    [InlineData("1", "", 1, "config.json (bos_token_id)")]
    [InlineData("", "<t>", 2, "the tokenizer's post_processor")]
    [InlineData("2", "<t>", 2, "config.json (bos_token_id) and the tokenizer's post_processor")]
    [InlineData("1 2", "<t>", 2, "config.json (bos_token_id) and the tokenizer's post_processor")]
    public void Of_FilesThatAgree_IsWhatTheyName(string configured, string front, int expected, string namedBy)
    {
        var begin = Read(s_plain, configured, front).Begin!;

        Assert.Equal((expected, namedBy), (begin.Id, begin.NamedBy));
    }

    [Theory]
    [InlineData("1", "<t>", "config.json (bos_token_id) names <s> (id 1), but the tokenizer's post_processor puts <t> (id 2) before a text")]
    [InlineData("0 1", "<t>", "config.json (bos_token_id) names <|endoftext|> (id 0), <s> (id 1), but the tokenizer's post_processor puts <t> (id 2) before a text")]
    [InlineData("50", "", "config.json (bos_token_id) names ! (id 50), but the tokenizer has <|endoftext|> (id 0) for that")]
    [InlineData("90000", "", "config.json (bos_token_id) names the id 90000, which the tokenizer doesn't have")]
    [InlineData("0 1", "", "config.json (bos_token_id) names several tokens, <|endoftext|> (id 0), <s> (id 1), and no post_processor says which")]
    [InlineData("", "<s> <t>", "the tokenizer's post_processor puts several tokens before a text, <s> <t>, and 'bos' puts one")]
    [InlineData("", "<none>", "the tokenizer's post_processor puts <none> before a text, which is no token of it")]
    public void Of_FilesThatContradict_IsAnErrorThatNamesBoth(string configured, string front, string expected)
    {
        // an ordinary token, whatever its id
        var id = configured == "50" ? s_plain.Encode("!")[0] : -1;
        var (ids, text) = configured == "50" ? ($"{id}", expected.Replace("id 50", $"id {id}", StringComparison.Ordinal)) : (configured, expected);

        Assert.Equal($"pairs: {text}", Assert.Throws<InvalidInputException>(() => Read(s_plain, ids, front)).Message[..(text.Length + 7)]);
    }

    [Fact]
    public void Of_FilesThatNameNone_IsAnErrorThatSaysSo()
    {
        const string Expected = "nothing names a token to put before the prompts: config.json has no bos_token_id, and the tokenizer has no token <|endoftext|> and no post_processor that puts one in front";

        Assert.StartsWith($"pairs: {Expected}", Assert.Throws<InvalidInputException>(() => Read(s_bare, "", "")).Message, StringComparison.Ordinal);
        Assert.StartsWith($"task ioi: {Expected}", Assert.Throws<InvalidInputException>(() => TaskLibrary.Build("ioi", s_bare, new() { PrependBos = true })).Message, StringComparison.Ordinal);
        Assert.Contains("there is no tokenizer.json", Assert.Throws<InvalidInputException>(() => Read(null, "", "")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ConfigWithoutATokenizer_IsItsId()
    {
        var read = Read(null, "7", "");

        Assert.Equal([7, 15, 16], read.Examples[0].Clean);
        Assert.Equal(["the token of id 7 stands before every prompt, named by config.json (bos_token_id)"], read.Notes);
    }

    [Fact]
    public void Build_WithBosThatAPromptHasAlready_NamesTheToken()
    {
        var error = Assert.Throws<InvalidInputException>(() => Read(s_plain, "15", "", Pair));

        Assert.Contains("config.json (bos_token_id) names", error.Message, StringComparison.Ordinal);
        Assert.Contains("clean begins with <s> (id 1) already", Assert.Throws<InvalidInputException>(() => Read(s_plain, "1", "", Pair.Replace("15", "1", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
    }

    private static TaskDataset Read(Tokenizer? tokenizer, string configured, string front, string lines = Pair)
    {
        var changed = front.Length == 0 || tokenizer is null ? tokenizer : ChangedTokenizer.Of(tokenizer, file => file["post_processor"] = Template(front.Split(' ')));
        return PairsFile.Parse(Encoding.UTF8.GetBytes(lines), "pairs", csv: false, MetricKind.LogitDifference, new()
        {
            Tokenizer = changed is null ? null : new(changed),
            PrependBos = true,
            ConfiguredBegin = [.. configured.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)],
        });
    }

    private static JsonObject Template(string[] front) => new()
    {
        ["type"] = "Sequence",
        ["processors"] = new JsonArray(
            new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = false, ["use_regex"] = true },
            new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = new JsonArray([.. front.Select(Special), Sequence(), Special("<|endoftext|>")]),
                ["pair"] = new JsonArray(),
                ["special_tokens"] = new JsonObject(),
            }),
    };

    private static JsonObject Special(string token) => new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = 0 } };

    private static JsonObject Sequence() => new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } };

    private static Tokenizer Create(ImmutableArray<string> special) =>
        TokenizerTrainer.Train([], new() { VocabularySize = 300, SpecialTokens = special, RequiredWords = [" Mary", " John"] });
}
