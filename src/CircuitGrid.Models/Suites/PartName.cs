using System.Globalization;
using System.Text;

namespace CircuitGrid.Models.Suites;

/// <summary>
/// Names of suites, models and tasks. Each is a part of a cell's name, <c>suite/model@step/task</c>, by which people ask for the cell's result: what
/// can be analysed under a name can be asked for by it.
/// </summary>
public static class PartName
{
    /// <summary>Characters of the longest name, which are as many as a folder's name has.</summary>
    public const int Longest = 255;

    /// <summary>What a name has to be, for messages.</summary>
    public const string Rule = "a name has 1 to 255 characters, none of them a slash, an @ or a control character, and no blank at either end";

    /// <summary>Whether a text can name a suite, model or task.</summary>
    public static bool IsUsable(string text) =>
        text.Length is > 0 and <= Longest
        && !text.Any(c => c is '/' or '\\' or '@' || char.IsControl(c))
        && !char.IsWhiteSpace(text[0])
        && !char.IsWhiteSpace(text[^1])
        && IsWhole(text);

    /// <summary>
    /// The name that a folder's or revision's is shown as: what can't be in a name is written as the two hexadecimal digits of each of its bytes in UTF-8
    /// behind a percent sign, and a percent sign that looks like the beginning of that is, too. Two names are never shown as one.
    /// </summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            var isEnd = at == 0 || at == text.Length - 1;
            var isMark = c == '%' && at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 1]) && char.IsAsciiHexDigit(text[at + 2]);
            if (c is '/' or '\\' or '@' or ':' || char.IsControl(c) || (isEnd && char.IsWhiteSpace(c)) || isMark)
            {
                foreach (var b in Encoding.UTF8.GetBytes([c]))
                {
                    escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
                }
            }
            else
            {
                escaped.Append(c);
            }
        }

        return escaped.ToString();
    }

    /// <summary>Whether no character is half of one, as which it could be written to no file and to no database.</summary>
    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }
}
