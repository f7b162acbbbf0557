using System.Globalization;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Client.Experiments;

/// <summary>A cell's result in a few words.</summary>
internal static class CellText
{
    public static string Of(CellResult result) => result.Status switch
    {
        CellStatus.NoTask => "no task yet",
        CellStatus.NotReached => "threshold not reached",
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Chosen!.Edges} edges, faithful {result.JudgedFaithfulness(result.Chosen).Value:F2}"),
    };
}
