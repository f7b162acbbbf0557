using System.Globalization;
using System.Text;

namespace CircuitGrid.Models.Files;

/// <summary>Puts text that came from a file into a message.</summary>
internal static class Text
{
    private const int Longest = 160;

    /// <summary>The text on one line and of bounded length, so that no name in a hostile file can forge or flood a message.</summary>
    public static string OneLine(string text)
    {
        var result = new StringBuilder(Math.Min(text.Length, Longest));
        foreach (var c in text)
        {
            if (result.Length >= Longest)
            {
                return result.Append('…').ToString();
            }

            if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029')
            {
                result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }
}
