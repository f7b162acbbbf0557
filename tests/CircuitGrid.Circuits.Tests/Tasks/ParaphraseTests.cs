using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>A lexicon's paraphrases: asked for, they alone word the prompts; where there are none, that is an error that says where there are.</summary>
public sealed class ParaphraseTests
{
    private const string Whole = """
        {
          "language": "Small",
          "words": { "PLACE": ["store"] },
          "ioi": {
            "names": ["Mary", "John"],
            "templates": ["Then {S} and {IO} met. {S} spoke to"],
            "paraphrases": ["At the {PLACE} {S} saw {IO}, so {S} ran to"]
          },
          "gendered_pronoun": {
            "male": ["John"], "female": ["Mary"], "male_answer": "he", "female_answer": "she",
            "templates": ["So {NAME} is kind, isn't"],
            "paraphrases": ["I asked {NAME} whether", "At the {PLACE} {NAME} sang, didn't"]
          },
          "greater_than": {
            "nouns": ["war"], "first_year": 1700, "last_year": 1799,
            "templates": ["The {NOUN} lasted from {XX}{YY} to {XX}"],
            "paraphrases": ["From {XX}{YY} the {NOUN} went on until {XX}"]
          },
          "sva": {
            "nouns": { "people": [["author", "authors"], ["pilot", "pilots"]] },
            "verbs": { "act": [["likes", "like"]] },
            "answers": [["is", "are"]],
            "constructions": [
              { "name": "simple", "templates": ["the {SUBJECT:people}"], "paraphrases": ["we know that the {SUBJECT:people}"] },
              { "name": "relative", "templates": ["the {SUBJECT:people} that the {ATTRACTOR:people} {ATTRACTOR_VERB:act}"], "paraphrases": ["the {SUBJECT:people} whom the {ATTRACTOR:people} {ATTRACTOR_VERB:act}"] }
            ]
          }
        }
        """;

    /// <summary>What breaks a rule of templates, at a place of paraphrases.</summary>
    public static TheoryData<string, string, string> Damage { get; } = new()
    {
        { "ioi", "[]", "ioi.paraphrases: is empty" },
        { "ioi", "null", "ioi: paraphrases is null; give it a value, or leave the key out" },
        { "ioi", "\"Then\"", "ioi: paraphrases is a text; it must be a list" },
        { "ioi", "[7]", "ioi: paraphrases[0] is a number; it must be a text" },
        { "ioi", "[\"Then {IO} met {S}, and {S} spoke to\"]", "ioi.paraphrases: \"Then {IO} met {S}, and {S} spoke to\" must have {S}, {IO} and again {S}, in this order" },
        { "ioi", "[\"{S} saw {IO}, so {S} ran to\"]", "ioi.paraphrases: \"{S} saw {IO}, so {S} ran to\" must have a space before {S}" },
        { "ioi", "[\"Near a {TREE} {S} saw {IO}, so {S} ran to\"]", "has a slot {TREE} that no list of words fills" },
        { "gendered_pronoun", "[\"I asked {NAME} whether \"]", "gendered_pronoun.paraphrases: \"I asked {NAME} whether \" must not end in a space" },
        { "gendered_pronoun", "[\"I asked whether\"]", "must have {NAME} once" },
        { "gendered_pronoun", "[\"I asked {NAME whether\"]", "has a brace without a partner" },
        { "gendered_pronoun", "[\"I asked {NAME} if\", \"I asked {NAME} if\"]", "gendered_pronoun.paraphrases: holds something twice" },
        { "gendered_pronoun", "[\"I asked {NAME} in {YEAR} whether\"]", "has a slot {YEAR} that no list of words fills" },
        { "greater_than", "[\"The {NOUN} of {XX}{YY} ended in {XX}.\"]", "greater_than.paraphrases: \"The {NOUN} of {XX}{YY} ended in {XX}.\" must have {NOUN}, then or before it {XX}{YY}, and end in {XX}" },
        { "greater_than", "[\"It began in {XX}{YY} and ended in {XX}\"]", "must have {NOUN}" },
        { "greater_than", "[\"The {NOUN} ({XX}{YY} to {XX}\"]", "must have a space before {XX}" },
        { "sva.0", "[\"we know the {SUBJECT:birds}\"]", "sva.constructions: simple.paraphrases: \"we know the {SUBJECT:birds}\" has a slot {SUBJECT:birds} that no list fills" },
        { "sva.1", "[\"we know the {ATTRACTOR:people}\"]", "must have one SUBJECT" },
        { "sva.1", null!, "sva.constructions: relative: has no paraphrases, and others have; give them to every construction or to none" },
    };

    [Theory]
    [MemberData(nameof(Damage))]
    public void Parse_AParaphraseThatBreaksARule_SaysWhatAndWhere(string place, string? value, string expected)
    {
        var root = JsonNode.Parse(Whole)!;
        var keys = place.Split('.');
        var section = keys.Length == 1 ? root[keys[0]]! : root["sva"]!["constructions"]![int.Parse(keys[1], CultureInfo.InvariantCulture)]!;
        section.AsObject().Remove("paraphrases");
        if (value is not null)
        {
            section["paraphrases"] = JsonNode.Parse(value);
        }

        var error = Assert.Throws<InvalidInputException>(() => Parse(root.ToJsonString()));

        Assert.StartsWith("lexicon.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ioi", "At the store Mary saw John, so Mary ran to")]
    [InlineData("gendered-pronoun", "I asked Mary whether")]
    [InlineData("greater-than", "From 1732 the war went on until 17")]
    [InlineData("sva", "the author whom the pilots like")]
    public void Build_Paraphrased_IsWordedByTheParaphrasesAlone(string task, string prompt)
    {
        var lexicon = Parse(Whole);
        var published = TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Lexicon = lexicon });
        var paraphrased = TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Lexicon = lexicon, Templates = TemplateSet.Paraphrases });

        Assert.Contains(prompt, paraphrased.Examples.Select(x => EnglishTokenizer.Whole.Text(x.Clean)));
        Assert.Empty(published.Templates.Intersect(paraphrased.Templates));
        Assert.Empty(published.Examples.Select(Clean).Intersect(paraphrased.Examples.Select(Clean)));
        Assert.Contains("prompts are worded by the lexicon's paraphrases", paraphrased.Notes);
        Assert.DoesNotContain("prompts are worded by the lexicon's paraphrases", published.Notes);

        static string Clean(Example example) => EnglishTokenizer.Whole.Text(example.Clean);
    }

    /// <summary>What stands beside templates doesn't change what is drawn from them.</summary>
    [Theory]
    [InlineData("ioi")]
    [InlineData("gendered-pronoun")]
    [InlineData("greater-than")]
    [InlineData("sva")]
    public void Build_Published_IsTheSameWithAndWithoutParaphrases(string task)
    {
        var bare = JsonNode.Parse(Whole)!.AsObject();
        foreach (var section in (JsonNode[])[bare["ioi"]!, bare["gendered_pronoun"]!, bare["greater_than"]!, .. bare["sva"]!["constructions"]!.AsArray().Select(x => x!)])
        {
            Assert.True(section.AsObject().Remove("paraphrases"));
        }

        var (with, without) = (Prompts(Whole), Prompts(bare.ToJsonString()));
        Assert.Equal(without, with);

        string[] Prompts(string json) =>
            [.. TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Lexicon = Parse(json) }).Examples.Select(x => $"{EnglishTokenizer.Whole.Text(x.Clean)}|{EnglishTokenizer.Whole.Text(x.Corrupted)}")];
    }

    [Fact]
    public void Build_ParaphrasesThatThereAreNot_SaysWhereThereAre()
    {
        Assert.Equal("lexicon English: has no paraphrases for the task ioi, and has them for gendered-pronoun, greater-than", Refused("ioi", TaskLexicon.Default));
        Assert.Equal("lexicon English: has no paraphrases for the task sva, and has them for gendered-pronoun, greater-than", Refused("sva", TaskLexicon.Default));

        var whole = Parse(Whole);
        const string BuiltIn = "; the built-in lexicon, English, has them for gendered-pronoun, greater-than";
        Assert.Equal(
            "lexicon Small: has no paraphrases for the task greater-than, and has them for ioi, gendered-pronoun, sva" + BuiltIn,
            Refused("greater-than", whole with { GreaterThan = whole.GreaterThan! with { Paraphrases = null } }));
        Assert.Equal(
            "lexicon Bare: has no paraphrases for the task sva, nor for any other" + BuiltIn,
            Refused("sva", new() { Language = "Bare" }));

        static string Refused(string task, TaskLexicon lexicon) =>
            Assert.Throws<InvalidInputException>(() => TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Lexicon = lexicon, Templates = TemplateSet.Paraphrases })).Message;
    }

    [Theory]
    [InlineData("gendered-pronoun")]
    [InlineData("greater-than")]
    public void English_SetOfDefaultSize_HasEightParaphrasesAtLeast_EachAFewTimes(string task)
    {
        foreach (var seed in Enumerable.Range(0, 20))
        {
            var dataset = TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Seed = seed, Templates = TemplateSet.Paraphrases });

            Assert.Equal(TaskLibrary.Tasks.Single(x => x.Name == task).PaperCount, dataset.Examples.Length);
            Assert.InRange(dataset.TemplateCount, 8, dataset.Examples.Length);
            Assert.All(dataset.Templates.CountBy(x => x), x => Assert.InRange(x.Value, 2, dataset.Examples.Length / 4));
            Assert.All(dataset.Examples, x => Assert.Equal(x.Clean.Length, x.Corrupted.Length));
        }
    }

    /// <summary>The name is there once, the answer is of its gender and follows right after a word or a comma that a pronoun can follow.</summary>
    [Fact]
    public void English_GenderedPronoun_AsksForThePronounOfTheName()
    {
        var lexicon = TaskLexicon.Default.GenderedPronoun!;
        string[] before = ["didn't", "whether", "that", "week,", "if", "or", "did", "whatever"];
        foreach (var example in TaskLibrary.Build("gendered-pronoun", EnglishTokenizer.Whole, new() { Templates = TemplateSet.Paraphrases }).Examples)
        {
            var (clean, corrupted) = (EnglishTokenizer.Whole.Text(example.Clean).Split(' '), EnglishTokenizer.Whole.Text(example.Corrupted).Split(' '));
            var at = Assert.Single(Enumerable.Range(0, clean.Length), i => clean[i] != corrupted[i]);
            var male = lexicon.Male.Contains(clean[at]);
            Assert.Contains(clean[at], male ? lexicon.Male : lexicon.Female);
            Assert.Contains(corrupted[at], male ? lexicon.Female : lexicon.Male);
            Assert.Equal(male ? [" he"] : [" she"], EnglishTokenizer.Whole.Words(example.Correct));
            Assert.Equal(male ? [" she"] : [" he"], EnglishTokenizer.Whole.Words(example.Incorrect));
            Assert.Contains(clean[^1], before);
            Assert.DoesNotContain(clean, x => x is "he" or "she" or "him" or "her" or "his" or "hers");
        }
    }

    /// <summary>The two centuries are one, and the tokens of later years are the right answers.</summary>
    [Fact]
    public void English_GreaterThan_EndsInTheCenturyOfTheStart()
    {
        foreach (var example in TaskLibrary.Build("greater-than", EnglishTokenizer.Whole, new() { Templates = TemplateSet.Paraphrases }).Examples)
        {
            var (clean, corrupted) = (EnglishTokenizer.Whole.Words(example.Clean), EnglishTokenizer.Whole.Words(example.Corrupted));
            var at = Assert.Single(Enumerable.Range(0, clean.Length), i => clean[i] != corrupted[i]);
            Assert.Equal("01", corrupted[at]);
            Assert.Matches("^ 1[1-7]$", clean[^1]);
            Assert.Equal(clean[at - 1], clean[^1]);
            var start = clean[at];
            Assert.All(EnglishTokenizer.Whole.Words(example.Correct), x => Assert.True(string.CompareOrdinal(x, start) > 0, x));
            Assert.All(EnglishTokenizer.Whole.Words(example.Incorrect), x => Assert.True(string.CompareOrdinal(x, start) <= 0, x));
            Assert.Equal(100, example.Correct.Length + example.Incorrect.Length);
        }
    }

    private static TaskLexicon Parse(string json) => TaskLexicon.Parse(Encoding.UTF8.GetBytes(json), "lexicon.json");
}
