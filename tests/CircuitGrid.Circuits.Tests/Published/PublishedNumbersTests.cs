using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Published;
using CircuitGrid.Circuits.Tests.Files;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Circuits.Tests.Published;

public sealed class PublishedNumbersTests
{
    private static readonly JsonObject[] s_entries =
    [
        MadeUp.Entry(PublishedKinds.Loss, new { prompts = new object[] { new { text = "ab", begin = 0 }, new { text = "b", begin = "configuration" } }, value = 1.25, note = "A note.", doubt = "A doubt." }, tolerance: new { decimals = 2, absolute = 0.5, relative = 0.25, origin = "x" }),
        MadeUp.Entry(PublishedKinds.LogitMeans, new { prompt = new { ids = (int[])[1, 2] }, values = (double[])[0.5, 1.5] }, "bfloat16", new { accumulated = 0.5, origin = "x" }),
        MadeUp.Entry(PublishedKinds.Logits, new { prompt = new { ids = (int[])[1, 2] }, position = 1, firstToken = 3, values = (double[])[0.5] }),
        MadeUp.Entry(PublishedKinds.LogitDifferences, new { prompts = new object[] { new { ids = (int[])[1] } }, answers = (int[][])[[3, 4]], values = (double[])[0.5] }),
        MadeUp.Entry(PublishedKinds.LogitDifferenceMean, new { prompts = new object[] { new { ids = (int[])[1] } }, answers = (int[][])[[3, 4]], value = 0.5 }),
        MadeUp.Entry(PublishedKinds.Probabilities, new { prompt = new { text = "a" }, tokens = (string[])["b"], values = (double[])[0.5] }),
        MadeUp.Entry(PublishedKinds.Greedy, new { prompt = new { text = "a", begin = "tokenizer" }, continuation = "bc" }, "float16"),
        MadeUp.Entry(PublishedKinds.Tokens, new { texts = (string[])["ab"], ids = (int[][])[[1, 2]] }),
        MadeUp.Entry(PublishedKinds.HeadRoles, new { roles = new object[] { new { name = "r", measured = "induction", heads = (double[][])[[0, 1, 0.5]] } } }),
    ];

    public static TheoryData<int, string, string, string> Damage { get; } = new()
    {
        { 0, "precision", "\"float64\"", "precision is float64; it must be float32, bfloat16 or float16" },
        { 0, "kind", "\"perplexity\"", "kind is perplexity, which isn't known" },
        { 0, "value", "1.255", "value has more than the 2 decimals that its tolerance tells" },
        { 0, "precision", "\"bfloat16\"", "is of half precision, and its tolerance doesn't say what accumulates" },
        { 0, "prompts", "[]", "prompts is empty" },
        { 0, "prompts", "[{\"ids\": [1]}]", "prompts has one of a single token" },
        { 0, "prompts", "[{\"text\": \"a\", \"begin\": \"none\"}]", "begin is none; it must be a token's id, configuration or tokenizer" },
        { 0, "source", "{\"repository\": \"tests\", \"path\": \"p\", \"commit\": \"c\", \"place\": \"q\"}", "repository isn't a repository's name" },
        { 0, "source", "{\"repository\": \"a/b\", \"path\": \"p\", \"commit\": \"01234567\", \"place\": \"q\"}", "commit isn't a commit of 40 digits" },
        { 1, "precision", "\"float32\"", "has a tolerance for half precision, and no number of it" },
        { 1, "values", "[0.5]", "values are 1, and the prompt has 2 tokens" },
        { 3, "answers", "[[3, 3]]", "isn't a pair of two answers" },
        { 3, "values", "[0.5, 0.5]", "has 1 prompts, 1 answers and 2 values, which don't fit" },
        { 5, "tokenIds", "[1]", "must have tokenIds or tokens, one of both" },
        { 5, "values", "[0.5, 0.25]", "values are 2 for 1 tokens" },
        { 6, "continuationIds", "[1]", "must have continuationIds or continuation, one of both" },
        { 7, "ids", "[[1], [2]]", "ids are those of 2 texts, and there are 1" },
        { 8, "roles", "[{\"name\": \"r\", \"measured\": \"copying\", \"heads\": [[0, 1]]}]", "measured is copying; it must be one of induction, previousToken, duplicateToken" },
        { 8, "roles", "[{\"name\": \"r\", \"heads\": [[0]]}]", "isn't [layer, head] or [layer, head, score]" },
    };

    [Fact]
    public void Default_HasWhatTheDocumentsSay()
    {
        var models = PublishedNumbers.Default.Models;
        var families = models.GroupBy(m => m.Family).Select(g => (g.Key, g.Count(), g.Sum(m => m.Entries.Length), g.Sum(m => m.Entries.Sum(e => e.Count))));
        Assert.Equal(
            [
                ("gpt2", 4, 24, 91), ("gpt_neox", 3, 4, 37), ("llama", 3, 6, 27), ("mistral", 1, 3, 39), ("qwen2", 2, 4, 40), ("qwen3", 1, 3, 39), ("olmo", 3, 8, 122),
                ("olmo2", 2, 4, 76), ("olmo3", 1, 3, 39), ("gemma2", 1, 3, 3), ("smollm3", 1, 3, 39), ("apertus", 2, 3, 43),
            ],
            families);
        Assert.All(models, m => Assert.NotNull(Families.Find(m.Family)));
    }

    [Fact]
    public void Default_Spots_AreAsTheirSourcesPrintThem()
    {
        var gpt2 = PublishedNumbers.Default.Find("gpt2")!;
        Assert.Equal(5.270007133483887, Of<LossEntry>(gpt2, "gpt2.llmc.loss").Value);
        Assert.Equal([65, 65, 65, 65], Of<LossEntry>(gpt2, "gpt2.llmc.loss").Prompts.Select(p => p.Ids.Length));
        Assert.Equal([3.337, 3.202, 2.709, 3.797, 1.72, 5.281, 2.601, 5.767], Of<LogitDifferencesEntry>(gpt2, "gpt2.tl.ioi8.per_prompt").Values);
        Assert.Equal(0.7007, Of<ProbabilitiesEntry>(gpt2, "gpt2.tl.ioi1.top10").Values[0]);
        Assert.Equal(" up to the top of the mountain.", Of<GreedyEntry>(gpt2, "gpt2.arena.greedy").Text);
        var olmo = PublishedNumbers.Default.Find("allenai/OLMo-2-0425-1B")!;
        Assert.Equal(WeightPrecision.BFloat16, Of<LogitsEntry>(olmo, "olmo2_1b.hf.slice").Heading.Precision);
        Assert.Equal([2.65625, -5.25], Of<LogitsEntry>(olmo, "olmo2_1b.hf.slice").Values[..2]);
    }

    [Theory]
    [InlineData("openai-community/gpt2", "openai-community/gpt2")]
    [InlineData("GPT2-small", "openai-community/gpt2")]
    [InlineData("olmo-2-1124-7b", "shanearora/OLMo2-7B-1124-hf")]
    [InlineData("somebody/gpt2", null)]
    public void Find_Name_IsTheModelThatGoesByIt(string name, string? model) => Assert.Equal(model, PublishedNumbers.Default.Find(name)?.Name);

    [Theory]
    [MemberData(nameof(Damage))]
    public void Read_WhatCannotBe_IsRefusedWithItsPlace(int entry, string key, string value, string reason)
    {
        var changed = s_entries[entry].DeepClone().AsObject();
        changed[key] = JsonNode.Parse(value);
        var error = Assert.Throws<InvalidInputException>(() => Read(MadeUp.Json(changed)));
        Assert.StartsWith("published.json: models[0]: entries[0]", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TwoOfOneName_AreRefused()
    {
        Assert.Contains("there is another of that id", Assert.Throws<InvalidInputException>(() => Read(MadeUp.Json(s_entries[0], s_entries[0]))).Message, StringComparison.Ordinal);
        var json = JsonNode.Parse(MadeUp.Json(s_entries[0]))!;
        json["models"]!.AsArray().Add(new JsonObject { ["name"] = "other/MODEL", ["family"] = "gpt2", ["revision"] = "main", ["entries"] = new JsonArray() });
        Assert.Contains("goes by the name MODEL, and so does another", Assert.Throws<InvalidInputException>(() => Read(json.ToJsonString())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OneKeyChanged_IsRefusedInOurWords()
    {
        var refused = 0;
        foreach (var (what, json) in KeyMutations.Of(MadeUp.Json(s_entries)).Where((_, i) => i % 3 == 0))
        {
            try
            {
                // what is said with other words only: another begin, a head without its score's role, notes that aren't there
                Assert.Equal(s_entries.Length, Read(json).Models[0].Entries.Length);
                Assert.Matches("/(note|doubt|aliases|begin|measured|decimals|absolute|relative|firstToken|position)( |$)", what);
            }
            catch (InvalidInputException e)
            {
                refused++;
                Assert.StartsWith("published.json", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("System.", e.Message, StringComparison.Ordinal);
            }
        }

        Assert.True(refused > 1000, $"{refused} refused");
    }

    private static PublishedNumbers Read(string json) => PublishedNumbers.Read(Encoding.UTF8.GetBytes(json), "published.json");

    private static T Of<T>(PublishedModel model, string id)
        where T : PublishedEntry => Assert.IsType<T>(model.Entries.Single(e => e.Heading.Id == id));
}
