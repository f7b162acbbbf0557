using CircuitGrid.Models.Tokenization;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Models.Tests.Tokenization;

/// <summary>Expectations read off the regular expression by hand.</summary>
public sealed class WordSplitterTests
{
    [Theory]
    [InlineData("Hello world", "Hello| world")]
    [InlineData("Hello  world", "Hello| | world")]
    [InlineData("Hello   world  ", "Hello|  | world|  ")]
    [InlineData("a\n b", "a|\n| b")]
    [InlineData("a \nb", "a| |\n|b")] // \s+(?!\S) leaves the line feed, which isn't a space, to \s+
    [InlineData("a\n\nb", "a|\n|\n|b")]
    [InlineData("a\tb", "a|\t|b")]
    [InlineData("a\t\n", "a|\t\n")]
    [InlineData("  ", "  ")]
    [InlineData(" ", " ")]
    [InlineData(" a", " a")]
    [InlineData("\u00a0a", "\u00a0|a")] // only U+0020 joins the word after it
    [InlineData("a\u3000\u3000b", "a|\u3000|\u3000|b")]
    [InlineData("a\u0085b\u200bc", "a|\u0085|b|\u200b|c")] // a zero width space isn't white space
    [InlineData("It's I'm we'll they've can't he'd you're", "It|'s| I|'m| we|'ll| they|'ve| can|'t| he|'d| you|'re")]
    [InlineData("IT'S 'Sir", "IT|'|S| '|Sir")]
    [InlineData("'sword", "'s|word")]
    [InlineData("x''s", "x|''|s")] // a run of other characters swallows the second quote
    [InlineData(" 's", " '|s")]
    [InlineData("'l 'r 'v", "'|l| '|r| '|v")]
    [InlineData("'", "'")]
    [InlineData("year 1732.", "year| 1732|.")]
    [InlineData("a1b2", "a|1|b|2")]
    [InlineData("Ⅷ½²①٣", "Ⅷ½²①٣")] // letter numbers, fractions, digits of any script: \p{N}
    [InlineData("a² Ⅷ", "a|²| Ⅷ")]
    [InlineData("naïve", "naïve")]
    [InlineData("nai\u0308ve", "nai|\u0308|ve")] // marks are neither letters nor numbers
    [InlineData("हिन्दी", "ह|ि|न|्|द|ी")]
    [InlineData("日本語、です", "日本語|、|です")]
    [InlineData("𝔘𝔫𝔦 𒀀!", "𝔘𝔫𝔦| 𒀀|!")] // letters beyond the basic plane
    [InlineData("𝟘𝟙", "𝟘𝟙")]
    [InlineData(" 😀👩‍👧 x", " 😀👩‍👧| x")]
    [InlineData("!?_-", "!?_-")]
    [InlineData("a\0b", "a|\0|b")]
    public void Next_DividesAsTheExpressionDoes(string text, string expected)
    {
        Assert.Equal(expected.Split('|'), Split(text));
    }

    [Fact]
    public void Next_AlwaysAdvancesAndLosesNothing()
    {
        Prop.ForAll(Gen.Elements("a", "1", "!", " ", "\n", "'", "s", "ll", "é", "\u0301", "😀", "𝔘", "\ud83d").ListOf().Select(string.Concat).ToArbitrary(), text =>
        {
            var words = Split(text);
            return string.Concat(words) == text && words.All(x => x.Length > 0);
        }).QuickCheckThrowOnFailure();
    }

    private static List<string> Split(string text)
    {
        var words = new List<string>();
        while (text.Length > 0)
        {
            var length = WordSplitter.Next(text);
            words.Add(text[..length]);
            text = text[length..];
        }

        return words;
    }
}
