using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Output;

/// <summary>What was passed over in files of other tools, for people.</summary>
internal static class ForeignNotes
{
    private const int MostLines = 20;

    /// <summary>Writes a line for everything that was passed over, as far as that stays readable.</summary>
    public static void Show(IAnsiConsole console, ForeignKeys foreign)
    {
        string[] lines = [.. foreign.Notes.Select(n => $"{n.File}: {n.Text}"), .. foreign.PassedOver.Select(k => $"{k.File}: {k.Text} is ignored, as asked")];
        foreach (var line in lines.Take(MostLines))
        {
            console.WriteLine(line);
        }

        if (lines.Length > MostLines)
        {
            console.WriteLine($"and {Figures.Count(lines.Length - MostLines)} more of this kind");
        }
    }
}
