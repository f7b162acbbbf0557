using CircuitGrid.Compute;
using CircuitGrid.Models.Tests.Tokenization.Reference;
using CircuitGrid.Models.Tokenization.Patterns;

namespace CircuitGrid.Models.Tests.Tokenization;

/// <summary>Matches worked out by hand from Oniguruma's rules; and random expressions against the library.</summary>
public sealed class PatternTests
{
    private const string Llama3 = """(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""";

    [Theory]
    [InlineData(Llama3, "It'S we'LL x'ſ", "It|'S| we|'LL| x|'ſ")] // the long s is an s
    [InlineData(Llama3, "12345 ٣٤٥٦", "123|45| |٣٤٥|٦")]
    [InlineData(Llama3, "a  b\n\n c", "a| | b|\n\n| c")]
    [InlineData(Llama3, "!?\r\n (x)", "!?\r\n| (|x|)")]
    [InlineData(Llama3, "𝔘𝔫 𠀀\u0301", "𝔘𝔫| 𠀀|\u0301")] // letters beyond the basic plane
    [InlineData("a++a", "aaa", "")] // a possessive repetition gives nothing back
    [InlineData("(?>a|ab)c", "abc", "")]
    [InlineData("(?:a|ab)c", "abc", "abc")]
    [InlineData("a{1,2}+b", "aaab", "aaab")] // Ruby's syntax repeats the repetition
    [InlineData("a{2}?b", "aab b", "aab|b")] // and makes this one optional
    [InlineData("a{,2}", "aaa", "aa|a")]
    [InlineData("a{x", "a{x", "a{x")] // no repetition
    [InlineData("a+?b|a", "aaab", "aaab")]
    [InlineData("^b|b$", "a\nb\nab", "b|b")] // lines
    [InlineData(@"\Aa|a\z", "aba", "a|a")]
    [InlineData(@"\bé\b", "é éa é", "é|é")]
    [InlineData("(?<=a)b(?!c)", "ab abc cb", "b")]
    [InlineData("(?<!a)b", "ab cb", "b")]
    [InlineData("(?i:[k])", "kK\u212aſ", "k|K|\u212a")]
    [InlineData("(?i)a(?-i)b", "AbAB", "Ab")]
    [InlineData("(?m:.)", "\n", "\n")]
    [InlineData("[a-c&&[^b]]+", "abcb", "a|c")]
    [InlineData("[^a[b-d]]", "abcde", "e")]
    [InlineData(@"[\p{Lu}\-]+", "A-bC", "A-|C")]
    [InlineData(@"[\w]", "²", "")] // Latin-1's superscripts are words only outside a class
    [InlineData(@"\w", "²", "²")]
    [InlineData(@"\p{^L}|\P{Letter}", "a1", "1")]
    [InlineData(@"\x41\x{1F600}\u00e9", "A😀é", "A😀é")]
    [InlineData(@"\s", "\u0085\u00a0\u180e\u200b\u2028\u3000\ufeff", "\u0085|\u00a0|\u2028|\u3000")]
    public void Split_MatchesAsOnigurumaDoes(string expression, string text, string matches)
    {
        var spans = new List<PatternSpan>();
        Pattern.Parse(expression).Split(text, spans);

        Assert.Equal(matches, string.Join('|', spans.Where(s => s.IsMatch && s.Start < s.End).Select(s => text[s.Start..s.End])));
        Assert.Equal(text, string.Concat(spans.Select(s => text[s.Start..s.End])));
    }

    [Theory]
    [InlineData("(a", "lacks a )")]
    [InlineData("a)", "has a ) too many")]
    [InlineData("[a", "lacks a ]")]
    [InlineData("*a", "has a * with nothing to repeat")]
    [InlineData(@"(a)\1", @"has \1, which isn't supported")]
    [InlineData(@"\G", @"has \G, which isn't supported")]
    [InlineData(@"\p{Han}", @"has the Unicode property \p{Han}, which isn't supported; general categories are: C, Cc")]
    [InlineData("(?x: a)", "has a group (?x…, which isn't supported")]
    [InlineData("(?<name>a)", "has a group (?<…, which isn't supported")]
    [InlineData("[[:alpha:]]", "has a class [[:…:]], which isn't supported")]
    [InlineData("[]a]", "has a class that is empty or begins with ]")]
    [InlineData("[c-a]", "has a range that isn't one: c-a")]
    [InlineData("(?i:é)", "ignores the case of letters beyond ASCII")]
    [InlineData("(?i:straßs|first)", "ignores the case of \"st\"")]
    [InlineData("(?:a?)*", "repeats what can match nothing")]
    [InlineData("(?=a)+", "repeats what has no characters: (?=a)+")]
    [InlineData("(?<=a|bc)d", "looks behind for texts of different lengths")]
    [InlineData("a{3,2}", "has a repetition whose limits are the wrong way round")]
    [InlineData("a{2000}", "repeats 2000 times; 1000 times are supported")]
    [InlineData("(?:(?:ab){200}){200}", "has repetitions that come to more than 10000 steps")]
    [InlineData("a\\", "ends in the middle")]
    public void Parse_WhatIsntSupported_IsNamed(string expression, string reason) =>
        Assert.Contains(reason, Assert.Throws<PatternException>(() => Pattern.Parse(expression)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_DeepNesting_IsRefused() =>
        Assert.Contains("nested deeper", Assert.Throws<PatternException>(() => Pattern.Parse(new string('(', 5000) + new string(')', 5000))).Message, StringComparison.Ordinal);

    [Fact]
    public void Split_ALongRun_TakesItAll()
    {
        var text = new string(' ', 300_000) + "a" + new string('\u4e2d', 300_000);
        var spans = new List<PatternSpan>();

        Pattern.Parse(Llama3).Split(text, spans);

        Assert.Equal([299_999, 300_002], spans.Select(s => s.End - s.Start).Where(l => l > 1));
    }

    [Theory]
    [InlineData("(?:(?:a|b)+)+c", "ab", 2000)]
    [InlineData("(?:a|aa)+c", "a", 400)]
    [InlineData("(a+)+$", "a", 40)]
    [InlineData("a*a*a*a*a*a*c", "a", 4000)]
    [InlineData("(?:ab)+c", "ab", 1_000_000)]
    public void Split_TextThatTakesTooLong_IsAnErrorNamingTheExpression(string expression, string part, int times)
    {
        var text = string.Concat(Enumerable.Repeat(part, times)) + "b";
        var error = Assert.Throws<InvalidInputException>(() => Pattern.Parse(expression).Split(text, []));
        Assert.StartsWith($"expression \"{expression}\": ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"on a text of {text.Length} characters", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replace_RandomExpressions_GiveTheLibrarysMatches()
    {
        var generator = new PatternGenerator(11);
        var compared = 0;
        for (var i = 0; i < 1500; i++)
        {
            var expression = generator.NextExpression();
            Pattern pattern;
            try
            {
                pattern = Pattern.Parse(expression);
            }
            catch (PatternException)
            {
                continue;
            }

            var reference = PatternReference.Create(expression);
            for (var t = 0; t < 10; t++, compared++)
            {
                var text = generator.NextText();
                Assert.Equal((expression, text, reference.Replace(text)), (expression, text, pattern.Replace(text, PatternReference.Content)));
            }
        }

        Assert.InRange(compared, 3000, 15_000);
    }
}
