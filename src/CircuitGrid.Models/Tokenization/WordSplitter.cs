using System.Globalization;
using System.Text;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// GPT-2's division of text into words, within which merges happen:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. Scanned by hand, in one pass, because classes go by
/// code point and .NET's regular expressions by UTF-16 unit.
/// </summary>
internal static class WordSplitter
{
    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>Length in UTF-16 units of the first word of <paramref name="text"/>, which isn't empty.</summary>
    public static int Next(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'' && Contraction(text) is var contraction and > 0)
        {
            return contraction;
        }

        var start = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var kind = KindAt(text[start..], out _);
        if (kind == Kind.Space)
        {
            return Spaces(text);
        }

        var end = start;
        while (end < text.Length && KindAt(text[end..], out var length) == kind)
        {
            end += length;
        }

        return end;
    }

    private static int Contraction(ReadOnlySpan<char> text) =>
        text.StartsWith("'s") || text.StartsWith("'t") || text.StartsWith("'m") || text.StartsWith("'d") ? 2
        : text.StartsWith("'re") || text.StartsWith("'ve") || text.StartsWith("'ll") ? 3
        : 0;

    /// <summary>A run of white space leaves its last character to the word after it, unless it is all there is.</summary>
    private static int Spaces(ReadOnlySpan<char> text)
    {
        var end = 0;
        while (end < text.Length && char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        return end == text.Length || end == 1 ? end : end - 1;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, out int length)
    {
        Rune.DecodeFromUtf16(text, out var rune, out length);
        if (Rune.IsWhiteSpace(rune))
        {
            return Kind.Space;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
