using System.Text;

namespace CircuitGrid.Models.Files;

/// <summary>Puts text that came from a file into a message.</summary>
internal static class Text
{
    private const int Longest = 160;

    /// <summary>The text on one line, visible and of bounded length, so that no name in a hostile file can forge or flood a message.</summary>
    public static string OneLine(string text)
    {
        var result = new StringBuilder(Math.Min(text.Length, Longest));
        for (var at = 0; at < text.Length; at += VisibleText.Append(result, text, at))
        {
            if (result.Length >= Longest)
            {
                return result.Append('…').ToString();
            }
        }

        return result.ToString();
    }
}
