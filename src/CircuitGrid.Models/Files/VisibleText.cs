using System.Buffers;
using System.Globalization;
using System.Text;

namespace CircuitGrid.Models.Files;

/// <summary>
/// Text from outside as it can be shown without harm. Characters that a terminal obeys instead of showing, that turn the direction of reading,
/// that end a line unseen or that are half a character appear as escapes: <c>\u001b</c>, <c>\u202e</c>. Everything else stays as it is.
/// </summary>
public static class VisibleText
{
    /// <summary>The implicit and explicit marks of direction (Unicode Standard Annex 9), and the separators of lines and paragraphs.</summary>
    private const string Marks = "\u061C\u200E\u200F\u2028\u2029\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069";

    private static readonly SearchValues<char> Hidden = SearchValues.Create([.. Range('\0', '\u001F'), .. Range('\u007F', '\u009F'), .. Marks]);
    private static readonly SearchValues<char> HiddenOrHalf = SearchValues.Create([.. Range('\0', '\u001F'), .. Range('\u007F', '\u009F'), .. Marks, .. Range('\uD800', '\uDFFF')]);

    /// <summary>Place of the first control character, mark of direction or separator; −1 where there is none.</summary>
    public static int IndexOfHidden(ReadOnlySpan<char> text) => text.IndexOfAny(Hidden);

    /// <summary>The text with its line ends and tabs as they are.</summary>
    public static string Of(string text) => Escape(text, keepsLayout: true);

    /// <summary>The text on one line: line ends and tabs are escaped like other control characters.</summary>
    public static string OnOneLine(string text) => Escape(text, keepsLayout: false);

    /// <summary>Appends the character at a place, or its escape.</summary>
    /// <returns>How many UTF-16 units it has.</returns>
    internal static int Append(StringBuilder to, string text, int at)
    {
        var c = text[at];
        if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
        {
            to.Append(text, at, 2);
            return 2;
        }

        if (HiddenOrHalf.Contains(c))
        {
            to.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }
        else
        {
            to.Append(c);
        }

        return 1;
    }

    private static string Escape(string text, bool keepsLayout)
    {
        var first = text.AsSpan().IndexOfAny(HiddenOrHalf);
        if (first < 0)
        {
            return text;
        }

        var result = new StringBuilder(text, 0, first, text.Length + 16);
        for (var at = first; at < text.Length;)
        {
            if (keepsLayout && IsLayout(text, at))
            {
                result.Append(text[at++]);
            }
            else
            {
                at += Append(result, text, at);
            }
        }

        return result.ToString();
    }

    /// <summary>A carriage return alone would let a line be overwritten.</summary>
    private static bool IsLayout(string text, int at) => text[at] is '\n' or '\t' || (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n');

    private static IEnumerable<char> Range(char first, char last) => Enumerable.Range(first, last - first + 1).Select(c => (char)c);
}
