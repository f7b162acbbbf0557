using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Pairs;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>What can't be asked of a tokenizer, in words that say why.</summary>
public sealed class RefusedTaskTests
{
    private const string Need = "is answered by the two digits that end a year. Each of 00 to 99 must be one token, and a year two, as \" 17\" + \"32\". This tokenizer ";

    /// <summary>As Llama 2, Gemma, Qwen 2 and SmolLM 2 write numbers.</summary>
    private static readonly Tokenizer s_single = WithDivision("""{"type": "Digits", "individual_digits": true}""", file => { });

    /// <summary>As Llama 3, o200k and cl100k do.</summary>
    private static readonly Tokenizer s_threes = WithDivision("""{"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}"}, "behavior": "Isolated", "invert": false}""", file =>
    {
        var vocabulary = file["model"]!["vocab"]!.AsObject();
        vocabulary["173"] = vocabulary.Max(x => (int)x.Value!) + 1;
        file["model"]!["merges"]!.AsArray().Add("17 3");
    });

    [Fact]
    public void GreaterThan_OfSingleDigits_SaysWhatItNeedsAndHowAYearIsCut() =>
        Assert.Equal(
            $"task greater-than: {Need}writes every digit as a token of its own: \" 1732\" is \" \" + \"1\" + \"7\" + \"3\" + \"2\". The task can't be asked of it; leave it out, or write pairs of token ids for it",
            Refusal("greater-than", s_single));

    [Fact]
    public void GreaterThan_OfThreeDigits_SaysWhatItNeedsAndHowAYearIsCut() =>
        Assert.StartsWith($"task greater-than: {Need}takes digits by threes from the left: \" 1732\" is \" \" + \"173\" + \"2\". The task", Refusal("greater-than", s_threes), StringComparison.Ordinal);

    [Fact]
    public void GreaterThan_OfAVocabularyWithoutSomeNumbers_NamesThem()
    {
        var tokenizer = ChangedTokenizer.Of(EnglishTokenizer.Whole, file =>
        {
            var merges = file["model"]!["merges"]!.AsArray();
            foreach (var number in (string[])["07", "32", "33", "99"])
            {
                file["model"]!["vocab"]!.AsObject().Remove(number);
                merges.Remove(merges.Single(m => (string)m! == $"{number[0]} {number[1]}"));
            }
        });

        Assert.Equal($"task greater-than: {Need}has no token of its own for \"07\", \"32\", \"33\" and 1 more: \" 1732\" is \" 17\" + \"3\" + \"2\". The task can't be asked of it; leave it out, or write pairs of token ids for it", Refusal("greater-than", tokenizer));
    }

    [Fact]
    public void YearsOfAPairsFile_OfSingleDigits_SayTheSame()
    {
        var csv = "clean,corrupted,correct_idx\nThe war lasted from the year 1732 to the year 17,The war lasted from the year 1701 to the year 17,32\n"u8.ToArray();

        var error = Assert.Throws<InvalidInputException>(() => PairsFile.Parse(csv, "years.csv", csv: true, MetricKind.ProbabilityDifference, new() { Tokenizer = new(s_single) }));

        Assert.StartsWith($"years.csv: {Need}writes every digit", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ioi", "0 of 99 names are one token; two are needed at least. This tokenizer cuts words: \" ")]
    [InlineData("gendered-pronoun", "0 of 20 names are one token; one of each gender is needed at least. This tokenizer cuts words: \" ")]
    [InlineData("sva", "0 singular and 0 plural forms of ")]
    public void Words_OfWhichTooFewAreOneToken_AreShownAsTheyAreCut(string task, string expected)
    {
        var letters = TokenizerTrainer.Train([], new() { VocabularySize = 258 });

        var error = Refusal(task, letters);

        Assert.StartsWith($"task {task}: {expected}", error, StringComparison.Ordinal);
        Assert.Matches("This tokenizer cuts words: \" ([a-zA-Z]+)\" is \" \"( \\+ \"[a-zA-Z]\")+$", error);
    }

    private static string Refusal(string task, Tokenizer tokenizer) => Assert.Throws<InvalidInputException>(() => TaskLibrary.Build(task, tokenizer, new())).Message;

    private static Tokenizer WithDivision(string division, Action<JsonNode> change) => ChangedTokenizer.Of(EnglishTokenizer.Whole, file =>
    {
        file["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(JsonNode.Parse(division), file["pre_tokenizer"]!.DeepClone()) };
        change(file);
    });
}
