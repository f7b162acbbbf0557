using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Output;

/// <summary>What of a suite isn't analysed, for people.</summary>
internal static class LeftOutText
{
    private const int MostLines = 10;

    /// <summary>Writes a line for every checkpoint that was left out, as far as that stays readable, and one for all that was no checkpoint.</summary>
    public static void Show(IAnsiConsole console, IReadOnlyList<ReportLeftOut> leftOut, int others)
    {
        if (leftOut.Count > 0)
        {
            console.WriteLine($"Left out, {Counted(leftOut.Count, "checkpoint")}:");
        }

        foreach (var one in leftOut.Take(MostLines))
        {
            console.WriteLine(VisibleText.OnOneLine(one.Model.Length == 0 ? $"{one.Name}: {one.Reason}" : $"{one.Model}: {one.Name}: {one.Reason}"));
        }

        if (leftOut.Count > MostLines)
        {
            console.WriteLine($"and {Figures.Count(leftOut.Count - MostLines)} more; 'circuitgrid audit SUITE' lists all");
        }

        if (others > 0)
        {
            console.WriteLine($"Left out too, {Counted(others, "entry", "entries")} of the suite's folder without the looks of a checkpoint.");
        }
    }

    private static string Counted(int count, string one, string? many = null) => $"{Figures.Count(count)} {(count == 1 ? one : many ?? $"{one}s")}";
}
