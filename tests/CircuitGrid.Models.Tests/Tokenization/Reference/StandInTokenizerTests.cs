using System.Text;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>Tokenizers made here, after the rules of suites whose files can't be had here, against the reference on 20,000 texts each.</summary>
public sealed class StandInTokenizerTests
{
    private const int Texts = 20_000;

    public static TheoryData<string> Names { get; } = [.. StandIns.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_StandIn_GivesTheReferencesIdsAndTexts(string name) => Comparison.AssertEqual(StandIns.Create(name), Texts, seed: 2);

    /// <summary>A word behind a space has the tokens that it has within a text, whether or not the tokenizer puts a space before texts.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void EncodeAfterSpace_Words_AreTheTokensWithinAText(string name)
    {
        var tokenizer = TokenizerFile.Parse(Encoding.UTF8.GetBytes(StandIns.Create(name).ToJsonString()), "tokenizer.json", new());
        const string Before = "x";
        foreach (var word in (string[])["the", "hello", "Thursday", "Mary", "1732", "naïve day"])
        {
            Assert.Equal(tokenizer.Encode($"{Before} {word}"), (int[])[.. tokenizer.Encode(Before), .. tokenizer.EncodeAfterSpace(word)]);
        }
    }
}
