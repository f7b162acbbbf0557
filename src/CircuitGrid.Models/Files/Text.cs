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

    /// <summary>The first few of some names, and how many more there are.</summary>
    public static string List(IEnumerable<string> names, int shown)
    {
        var all = names.ToList();
        var first = all.Take(shown).Select(OneLine).ToList();
        var more = all.Count - first.Count;
        return more > 0 ? $"{string.Join(", ", first)} and {more} more"
            : first.Count == 1 ? first[0]
            : $"{string.Join(", ", first[..^1])} and {first[^1]}";
    }
}
