using System.Globalization;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Hosting;

namespace CircuitGrid.Client.Experiments;

/// <summary>What came of a cell in a few words.</summary>
internal static class CellText
{
    public static string Of(HostedOutcome outcome) => outcome.Status switch
    {
        null => "heads scored",
        CellStatus.NoTask => "no task yet",
        CellStatus.NotReached => "threshold not reached",
        _ => string.Create(CultureInfo.InvariantCulture, $"{outcome.Edges} edges, faithful {outcome.Faithfulness:F2}"),
    };
}
