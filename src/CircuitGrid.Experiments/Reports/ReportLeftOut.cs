using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Something of a suite that isn't analysed, or isn't compared.</summary>
/// <param name="Model">The model it was found at; empty for the suite itself.</param>
/// <param name="Name">Its name: a folder's or a revision's; the steps of checkpoints that are analysed and not compared.</param>
/// <param name="Reason">Why.</param>
public sealed record ReportLeftOut(string Model, string Name, string Reason)
{
    /// <summary>What looks like a checkpoint and isn't analysed; which checkpoints are left out of comparisons; which neighbours aren't compared.</summary>
    public static ImmutableArray<ReportLeftOut> Of(GridPlan plan) =>
    [
        .. plan.Suite.LeftOut.Where(l => l.IsCheckpoint).Select(l => new ReportLeftOut(l.Model, l.Name, l.Reason)),
        .. plan.Checkpoints.Where(c => c.Cells.Any(cell => cell.LeftOut is not null)).Select(c => new ReportLeftOut(
            c.Model.Name, string.Create(CultureInfo.InvariantCulture, $"step {c.Step}"), $"{c.Cells[0].LeftOut}; it is analysed, and left out of comparisons")),
        .. plan.NotCompared.Select(n => new ReportLeftOut(
            n.To.Model,
            n.From.Model == n.To.Model
                ? string.Create(CultureInfo.InvariantCulture, $"steps {n.From.Step} and {n.To.Step}")
                : string.Create(CultureInfo.InvariantCulture, $"step {n.To.Step} and step {n.From.Step} of {n.From.Model}"),
            $"not compared: {string.Join(", ", n.Fields)}")),
    ];
}
