using System.Text;
using CircuitGrid.Client.Output;
using CircuitGrid.Models.Files;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CircuitGrid.Client.Experiments;

/// <summary>Draws a <see cref="GridMap"/>: a line a model, a character a checkpoint (or several, where there are more than columns).</summary>
internal static class GridMapView
{
    private const string Levels = "·▁▂▃▄▅▆▇█";
    private const string PlainLevels = ".12345678#";

    /// <summary>Room for the spaces around the map and the steps behind it.</summary>
    private const int LabelWidth = 24;

    private const string Done = "green";
    private const string Active = "yellow";
    private const string Failed = "red";
    private const string Idle = "grey";

    /// <summary>The lines, as markup.</summary>
    /// <param name="map">What to draw.</param>
    /// <param name="width">Columns of the console.</param>
    /// <param name="unicode">Whether the console shows more than ASCII.</param>
    public static IEnumerable<string> Lines(GridMap map, int width, bool unicode)
    {
        var names = map.Models.Select(m => VisibleText.OnOneLine(m).Length).DefaultIfEmpty().Max();
        foreach (var model in map.Models)
        {
            var checkpoints = map.Of(model).ToList();
            var columns = Math.Min(checkpoints.Count, Math.Max(width - names - LabelWidth, 8));
            var line = new StringBuilder(Markup.Escape(VisibleText.OnOneLine(model).PadRight(names))).Append("  ");
            for (var c = 0; c < columns; c++)
            {
                var (first, last) = (c * checkpoints.Count / columns, (c + 1) * checkpoints.Count / columns);
                Append(line, [.. checkpoints.Skip(first).Take(last - first).Select(x => x.Value)], unicode);
            }

            yield return line.Append("  step ").Append(Figures.Count(checkpoints[0].Key)).Append(unicode ? '…' : '-').Append(Figures.Count(checkpoints[^1].Key)).ToString();
        }
    }

    /// <summary>The lines together.</summary>
    public static IRenderable Render(GridMap map, int width, bool unicode) => new Rows(Lines(map, width, unicode).Select(l => new Markup(l)));

    private static void Append(StringBuilder line, List<CheckpointState> checkpoints, bool unicode)
    {
        var (done, total) = (checkpoints.Sum(c => c.Done), checkpoints.Sum(c => c.Total));
        var levels = unicode ? Levels : PlainLevels;
        var glyph = done == total ? levels[^1] : done == 0 ? levels[0] : levels[Math.Clamp(done * (levels.Length - 1) / total, 1, levels.Length - 2)];
        var (colour, symbol) = checkpoints.Exists(c => c.Failed > 0) ? (Failed, unicode ? '×' : 'x')
            : done == total ? (Done, glyph)
            : checkpoints.Exists(c => c.Running > 0) ? (Active, done == 0 ? levels[1] : glyph)
            : (Idle, glyph);
        line.Append('[').Append(colour).Append(']').Append(symbol).Append("[/]");
    }
}
