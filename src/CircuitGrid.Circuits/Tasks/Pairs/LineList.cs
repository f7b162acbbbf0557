using System.Globalization;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>Lines of a file, as messages name them.</summary>
internal static class LineList
{
    private const int Shown = 10;

    /// <summary>The first ten of some lines, and how many there are beyond.</summary>
    public static string Of(IReadOnlyList<int> lines)
    {
        var shown = string.Join(", ", lines.Take(Shown).Select(x => x.ToString(CultureInfo.InvariantCulture)));
        return lines.Count > Shown ? $"lines {shown} and {lines.Count - Shown} more" : lines.Count == 1 ? $"line {shown}" : $"lines {shown}";
    }
}
