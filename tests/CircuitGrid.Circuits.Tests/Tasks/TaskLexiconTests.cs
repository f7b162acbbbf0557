using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Circuits.Tests.Files;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tests.Tasks;

public sealed class TaskLexiconTests
{
    private const string Small = """
        {
          "language": "English",
          "words": { "PLACE": ["store", "garden"], "OBJECT": ["ring", "bone"] },
          "ioi": {
            "names": ["Mary", "John", "Susan"],
            "templates": ["Then, {S} and {IO} went to the {PLACE}. {S} gave a {OBJECT} to"],
            "pairs": [["Mary", "John"], ["Susan", "Mary"]]
          },
          "gendered_pronoun": {
            "male": ["John"], "female": ["Mary"], "male_answer": "he", "female_answer": "she",
            "templates": ["So {NAME} is in the {PLACE}, isn't"],
            "paraphrases": ["I asked {NAME} whether"]
          },
          "greater_than": {
            "nouns": ["war", "siege"], "first_year": 1100, "last_year": 1799,
            "templates": ["The {NOUN} lasted from the year {XX}{YY} to the year {XX}"],
            "years": { "war": [1732, 1745], "siege": [1212] }
          },
          "sva": {
            "nouns": { "people": [["author", "authors"], ["pilot", "pilots"], ["guard", "guards"]] },
            "verbs": { "act": [["likes", "like"]] },
            "answers": [["is", "are"]],
            "constructions": [{ "name": "relative", "templates": ["the {SUBJECT:people} that the {ATTRACTOR:people} {ATTRACTOR_VERB:act}"] }],
            "pairs": [["author", "pilot"], ["pilot", "guard"]]
          }
        }
        """;

    public static TheoryData<string, string, string> Damage { get; } = new()
    {
        { "language", "\" \"", "language: \" \" is empty" },
        { "words", "{\"PLACE\": []}", "words.PLACE: is empty" },
        { "words", "{\"PLACE\": [null]}", "words: PLACE[0] is null; it must be a text" },
        { "words", "{\"PLACE\": [\" store\"]}", "begins with a space" },
        { "words", "{\"PLACE\": [\"store\"]}", "has a slot {OBJECT} that no list of words fills" },
        { "ioi.names", "[\"Mary\", \"Mary\"]", "ioi.names: holds something twice" },
        { "ioi.names", "null", "ioi: names is missing" },
        { "ioi.templates", "[\"{S} and {IO} {S}\"]", "must have a space before {S}" },
        { "ioi.templates", "[\"Then {IO} and {S}, {S} to\"]", "must have {S}, {IO} and again {S}, in this order" },
        { "ioi.templates", "[\"Then {S} and {IO}, {S} to \"]", "must not end in a space" },
        { "ioi.templates", "[\"Then {S and {IO}, {S} to\"]", "has a brace without a partner" },
        { "ioi.templates", "[\"Then {S} and {IO}, {S} to }\"]", "has a brace without a partner" },
        { "ioi.templates", "[\"Then {S} and {IO}, {S} to {}\"]", "a slot without a name" },
        { "ioi.pairs", "[[\"Mary\", \"Zoe\"]]", "ioi.pairs: [Mary, Zoe] isn't a pair of two of the words" },
        { "ioi.pairs", "[[\"Mary\", \"Mary\"]]", "isn't a pair" },
        { "ioi.pairs", "null", "ioi: pairs is null; give it a value, or leave the key out" },
        { "greater_than", "null", "greater_than is null; give it a value, or leave the key out" },
        { "ioi.paraphrase", "[]", "ioi has no key 'paraphrase'; did you mean 'paraphrases'?" },
        { "ioi.pair", "[]", "ioi has no key 'pair'; did you mean 'pairs'?" },
        { "Sva", "{}", "lexicon.json: has no key 'Sva'; did you mean 'sva'?" },
        { "greater_than.first_year", "\"1100\"", "greater_than: first_year is a text; it must be a number" },
        { "greater_than.years", "{\"war\": [1732.5]}", "greater_than: years: war[0] is 1732.5; it must be a whole number" },
        { "sva.answers", "[[\"is\", 3]]", "sva: answers[0][1] is a number; it must be a text" },
        { "words", "[]", "words is a list; it must be an object" },
        { "gendered_pronoun.male", "[\"Mary\"]", "\"Mary\" is in both lists" },
        { "gendered_pronoun.templates", "[\"So {NAME} and {NAME}\"]", "must have {NAME} once" },
        { "greater_than.first_year", "99", "aren't a range of four-digit years" },
        { "greater_than.first_year", "1800", "aren't a range of four-digit years" },
        { "greater_than.templates", "[\"The {NOUN} from {XX} {YY} to {XX}\"]", "must have {NOUN}, then or before it {XX}{YY}" },
        { "greater_than.templates", "[\"The {NOUN} from {XX}{YY} to {XX}.\"]", "and end in {XX}" },
        { "greater_than.templates", "[\"From {XX}{YY} to {XX}\"]", "must have {NOUN}" },
        { "greater_than.years", "{\"peace\": [1732]}", "greater_than.years.peace: must be" },
        { "greater_than.years", "{\"war\": [1832]}", "greater_than.years.war: must be" },
        { "sva.nouns", "{\"people\": [[\"author\"]]}", "sva.nouns.people: must hold pairs" },
        { "sva.nouns", "{\"people\": [[\"sheep\", \"sheep\"]]}", "is the same in singular and plural" },
        { "sva.answers", "[[\"is\", \"are\"], [\"are\", \"were\"]]", "\"are\" is both a singular and a plural form" },
        { "sva.constructions", "[]", "sva.constructions: must be a list" },
        { "sva.constructions", "[null]", "sva: constructions[0] is null; it must be an object" },
        { "sva.constructions", "[{\"title\": \"x\"}]", "sva: constructions[0]: name is missing" },
        { "sva.constructions", "[{\"name\": \"x\", \"templates\": [\"the {SUBJECT:birds}\"]}]", "{SUBJECT:birds} that no list fills" },
        { "sva.constructions", "[{\"name\": \"x\", \"templates\": [\"the {ATTRACTOR:people}\"]}]", "must have one SUBJECT" },
        { "sva.constructions", "[{\"name\": \"x\", \"templates\": [\"the {SUBJECT:people} {ATTRACTOR_VERB:act}\"]}]", "an ATTRACTOR_VERB only with one" },
    };

    [Fact]
    public void Default_HasWhatThePaperHas()
    {
        var lexicon = TaskLexicon.Default;

        Assert.Equal((99, 15), (lexicon.Ioi!.Names.Length, lexicon.Ioi.Templates.Length));
        Assert.Equal((8, 8), (lexicon.Words["PLACE"].Length, lexicon.Words["OBJECT"].Length));
        Assert.Equal((10, 10, 5), (lexicon.GenderedPronoun!.Male.Length, lexicon.GenderedPronoun.Female.Length, lexicon.GenderedPronoun.Templates.Length));
        Assert.Equal((120, 1100, 1799), (lexicon.GreaterThan!.Nouns.Length, lexicon.GreaterThan.FirstYear, lexicon.GreaterThan.LastYear));
        Assert.Equal(15, lexicon.Sva!.Constructions.Length);
    }

    [Fact]
    public void Load_ReadsWhatAFileHolds()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("circuitgrid-").FullName, "lexicon.json");
        File.WriteAllText(path, Small);

        var lexicon = TaskLexicon.Load(path);

        Assert.Equal("English", lexicon.Language);
        Assert.Equal(["store", "garden"], lexicon.Words["PLACE"]);
        Assert.Equal([1732, 1745], lexicon.GreaterThan!.Years!["war"]);
        Assert.Equal(["likes", "like"], lexicon.Sva!.Verbs["act"][0]);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Restrictions_KeepPromptsToWhatIsHeldOut()
    {
        var options = new TaskOptions { Lexicon = Parse(Small) };
        var tokenizer = EnglishTokenizer.Whole;

        var ioi = TaskLibrary.Build("ioi", tokenizer, options);
        var names = ioi.Examples.Select(x => string.Concat(tokenizer.Words([x.Correct[0], x.Incorrect[0]]))).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal([" John Mary", " Mary John", " Mary Susan", " Susan Mary"], names);
        // 1 template, 2 places, 2 objects, 2 pairs, 2 roles, 2 orders.
        Assert.Equal(32, ioi.Examples.Length);
        Assert.Contains("only 2 of 2 given pairs of names are used", ioi.Notes);

        var greaterThan = TaskLibrary.Build("greater-than", tokenizer, options);
        Assert.Equal(
            ["The siege lasted from the year 1212 to the year 12", "The war lasted from the year 1732 to the year 17", "The war lasted from the year 1745 to the year 17"],
            greaterThan.Examples.Select(x => tokenizer.Text(x.Clean)).Order(StringComparer.Ordinal));

        // 2 pairs, 2 numbers of each.
        var sva = TaskLibrary.Build("sva", tokenizer, options).Examples.Select(x => tokenizer.Text(x.Clean)).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(8, sva.Length);
        Assert.Equal(
            ["the author that the pilot likes", "the author that the pilots like", "the authors that the pilot likes", "the authors that the pilots like"],
            sva[..4]);
        Assert.All(sva[4..], x => Assert.StartsWith("the pilot", x, StringComparison.Ordinal));
    }

    [Fact]
    public void Slots_TheTaskDoesntDefine_DrawFromTheWordsOfThatName()
    {
        var prompts = TaskLibrary.Build("gendered-pronoun", EnglishTokenizer.Whole, new() { Lexicon = Parse(Small), Count = 4 }).Examples;

        Assert.Equal(
            ["So John is in the garden, isn't", "So John is in the store, isn't", "So Mary is in the garden, isn't", "So Mary is in the store, isn't"],
            prompts.Select(x => EnglishTokenizer.Whole.Text(x.Clean)).Order(StringComparer.Ordinal));
        // The corrupted prompt has the same place.
        Assert.All(prompts, x => Assert.Equal(1, x.Clean.Zip(x.Corrupted).Count(y => y.First != y.Second)));
    }

    [Theory]
    [MemberData(nameof(Damage))]
    public void Parse_ADamagedLexicon_SaysWhatAndWhere(string place, string value, string expected)
    {
        var root = JsonNode.Parse(Small)!;
        var keys = place.Split('.');
        keys[..^1].Aggregate(root, (node, key) => node[key]!)[keys[^1]] = JsonNode.Parse(value);

        var error = Assert.Throws<InvalidInputException>(() => Parse(root.ToJsonString()));

        Assert.StartsWith("lexicon.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "isn't JSON: it is empty")]
    [InlineData("null", "is null, not a JSON object")]
    [InlineData("[]", "is a list, not a JSON object")]
    [InlineData("{}", "language is missing")]
    [InlineData("{\"language\": \"x\", \"language\": \"y\"}", "has the key 'language' twice")]
    [InlineData("{\"language\": \"\\ud800\"}", "language isn't valid Unicode")]
    public void Parse_WhatIsNoLexicon_IsRefused(string json, string reason)
    {
        var error = Assert.Throws<InvalidInputException>(() => Parse(json));
        Assert.Equal("lexicon.json", error.Input);
        Assert.StartsWith(reason, error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_OneKeyChanged_GivesTheSamePromptsOrAnErrorInOurWords()
    {
        var expected = Prompts(Parse(Small));
        var (same, refused) = (0, 0);
        foreach (var (what, json) in KeyMutations.Of(Small))
        {
            try
            {
                var lexicon = Parse(json);
                same++;
                Assert.True(expected.SequenceEqual(Prompts(lexicon)), what);
            }
            catch (InvalidInputException e)
            {
                refused++;
                Assert.StartsWith("lexicon.json", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("System.", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("LineNumber", e.Message, StringComparison.Ordinal);
            }
        }

        Assert.True(same > 0 && refused > 1000, $"{same} the same, {refused} refused");
    }

    [Fact]
    public void Load_TheSuitesOwnFileAndTheEmbeddedOne_HaveWhatAnotherReaderFinds()
    {
        var path = Path.Combine(Heads.NanoFolder.Path, "lexicon.json");
        using var file = File.OpenRead(path);
        AssertEqual(JsonNode.Parse(file)!, TaskLexicon.Load(path));
        using var embedded = typeof(TaskLexicon).Assembly.GetManifestResourceStream("CircuitGrid.Circuits.english.json")!;
        AssertEqual(JsonNode.Parse(embedded)!, TaskLexicon.Default);
    }

    [Fact]
    public void Parse_MutatedFiles_AreRefusedOrBuild()
    {
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 2000; i++)
        {
            try
            {
                var lexicon = TaskLexicon.Parse(Mutation.Of(Encoding.UTF8.GetBytes(Small), new Random(i)), "lexicon.json");
                accepted++;
                foreach (var task in TaskLibrary.Tasks)
                {
                    TaskLibrary.Build(task.Name, EnglishTokenizer.Whole, new() { Lexicon = lexicon, Count = 1 });
                }
            }
            catch (InvalidInputException e)
            {
                refused++;
                Assert.DoesNotContain('\n', e.Message);
            }
        }

        Assert.InRange(accepted, 200, 1800);
        Assert.InRange(refused, 200, 1999);
    }

    /// <summary>All prompts that a lexicon gives, task by task.</summary>
    private static List<string> Prompts(TaskLexicon lexicon) =>
    [
        .. from task in TaskLibrary.Tasks
           from example in TaskLibrary.Build(task.Name, EnglishTokenizer.Whole, new() { Lexicon = lexicon }).Examples
           select $"{task.Name}: {EnglishTokenizer.Whole.Text(example.Clean)} | {EnglishTokenizer.Whole.Text(example.Corrupted)} | {string.Join(",", example.Correct)} | {string.Join(",", example.Incorrect)}",
    ];

    private static void AssertEqual(JsonNode json, TaskLexicon lexicon)
    {
        var shown = new JsonObject
        {
            ["language"] = lexicon.Language,
            ["words"] = Node(lexicon.Words),
            ["ioi"] = Node(new { names = lexicon.Ioi!.Names, templates = lexicon.Ioi.Templates, paraphrases = lexicon.Ioi.Paraphrases, pairs = lexicon.Ioi.Pairs }),
            ["gendered_pronoun"] = Node(new
            {
                male = lexicon.GenderedPronoun!.Male,
                female = lexicon.GenderedPronoun.Female,
                male_answer = lexicon.GenderedPronoun.MaleAnswer,
                female_answer = lexicon.GenderedPronoun.FemaleAnswer,
                templates = lexicon.GenderedPronoun.Templates,
                paraphrases = lexicon.GenderedPronoun.Paraphrases,
            }),
            ["greater_than"] = Node(new
            {
                nouns = lexicon.GreaterThan!.Nouns,
                first_year = lexicon.GreaterThan.FirstYear,
                last_year = lexicon.GreaterThan.LastYear,
                templates = lexicon.GreaterThan.Templates,
                paraphrases = lexicon.GreaterThan.Paraphrases,
                years = lexicon.GreaterThan.Years,
            }),
            ["sva"] = Node(new
            {
                nouns = lexicon.Sva!.Nouns,
                verbs = lexicon.Sva.Verbs,
                answers = lexicon.Sva.Answers,
                constructions = lexicon.Sva.Constructions.Select(c => new { name = c.Name, templates = c.Templates }),
                pairs = lexicon.Sva.Pairs,
            }),
        };
        foreach (var (section, key) in ((string, string)[])[("ioi", "pairs"), ("ioi", "paraphrases"), ("gendered_pronoun", "paraphrases"), ("greater_than", "years"), ("greater_than", "paraphrases"), ("sva", "pairs")])
        {
            if (shown[section]![key] is null)
            {
                shown[section]!.AsObject().Remove(key);
            }
        }

        Assert.True(JsonNode.DeepEquals(json, shown));

        static JsonNode Node<T>(T value) => JsonSerializer.SerializeToNode(value)!;
    }

    private static TaskLexicon Parse(string json) => TaskLexicon.Parse(Encoding.UTF8.GetBytes(json), "lexicon.json");
}
