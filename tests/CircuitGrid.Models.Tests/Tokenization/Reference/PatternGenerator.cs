using System.Text;

namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>Random expressions of what is supported, and texts on which they have something to match.</summary>
internal sealed class PatternGenerator(int seed)
{
    private readonly Random _random = new(seed);

    public string NextExpression() => Choice(2);

    /// <summary>A text, not empty.</summary>
    public string NextText() => Repeat(_random.Next(1, 16), () => Pick(
        "a", "b", "ab", "s", "S", "ſ", "k", "\u212a", "'", " ", "  ", "\n", "\r\n", "1", "23", "é", "É", "日", "🙂", "𝔘", "𐐀", "\u0301", "-", "/", "x", "T", "\t", ".", "\u0085", "\u3000", "don", "LL", "²", "٣", "c", "f", "#", "_"));

    private string Choice(int depth) => string.Join('|', Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Repeat(_random.Next(1, 4), () => Atom(depth) + Repetition())));

    private string Atom(int depth) => _random.Next(depth > 0 ? 14 : 9) switch
    {
        0 or 1 => Pick("a", "b", "s", "k", "'", "-", " ", "\\n", "1", "é", "日", "\\t", "x", "\\.", "\\x41", "\\x{1F600}", "\\u00e9", "T", "🙂", "/", "\\-", "#"),
        2 => Pick("\\s", "\\S", "\\d", "\\D", "\\w", "\\W", "\\h", "."),
        3 => Pick("\\p{L}", "\\p{Lu}", "\\p{N}", "\\P{L}", "\\p{^N}", "\\p{P}", "\\p{S}", "\\p{M}", "\\p{Letter}", "\\p{Uppercase_Letter}", "\\p{Zs}", "\\p{Cc}", "\\p{Nd}"),
        4 or 5 => $"[{Pick("", "^", "")}{Pick("a-c", "\\p{L}", "\\s", "ab", "\\r\\n", "\\p{L}\\p{N}", "a-z[0-3]", "\\w&&[^a-f]", "\\s\\p{P}", "é-ü", "一-龥")}{Pick("", "", "1", "\\-", "\\n", "\\p{S}", "'")}]",
        6 => Pick("^", "$", "\\A", "\\z", "\\Z", "\\b", "\\B"),
        7 => $"(?i:{Pick("a", "s", "'s", "k", "[a-z]", "[^k-s]", "ll|ve", "don")})",
        8 => Pick("ab", "a b", "\\s+", "\\p{L}+", " ?a"),
        9 or 10 => $"({Pick("", "?:")}{Choice(depth - 1)})",
        11 => $"(?>{Choice(depth - 1)})",
        12 => $"({Pick("?=", "?!")}{Choice(depth - 1)})",
        _ => $"({Pick("?<=", "?<!")}{Pick("a", "\\s", "\\p{L}", "ab", "[^b]")})",
    };

    private string Repetition() => _random.Next(12) switch
    {
        0 => "*",
        1 => "+",
        2 => "?",
        3 => "{1,3}",
        4 => "{2}",
        5 => "*?",
        6 => "+?",
        7 => Pick("?+", "*+", "++"),
        8 => Pick("{1,3}+", "{2}?", "{,2}", "{1,}", "??", "{1,2}?"),
        _ => "",
    };

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];

    private static string Repeat(int count, Func<string> make)
    {
        var result = new StringBuilder();
        for (; count > 0; count--)
        {
            result.Append(make());
        }

        return result.ToString();
    }
}
