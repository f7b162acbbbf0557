using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Web.Api;
using Spectre.Console;

namespace CircuitGrid.Client.Experiments;

/// <summary>How a run ended, as it appears in JSON.</summary>
/// <param name="Cells">All cells of the experiment.</param>
/// <param name="Kept">Cells whose result was there before.</param>
/// <param name="Finished">Cells that got theirs now.</param>
/// <param name="Failed">Cells that couldn't be computed.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Store">Where results are.</param>
/// <param name="Failures">Why cells failed.</param>
/// <param name="LeftOut">What looks like a checkpoint of the suite and isn't analysed.</param>
/// <param name="OthersLeftOut">How much else in the suite's folder isn't analysed.</param>
internal sealed record RunOutcome(
    int Cells, int Kept, int Finished, int Failed, double Seconds, string Store, IReadOnlyList<CellFault> Failures, IReadOnlyList<ReportLeftOut> LeftOut, int OthersLeftOut)
{
    /// <summary>The outcome of a run of a plan; a server of an earlier version doesn't say what its plan leaves out.</summary>
    public static RunOutcome Of(GridProgress progress, string store, IReadOnlyList<CellFault> failures, PlanResource plan) =>
        new(progress.Total, progress.Kept, progress.Finished, progress.Failed, progress.Elapsed.TotalSeconds, store, failures, plan.LeftOut ?? [], plan.OthersLeftOut);

    public void Show(IAnsiConsole console)
    {
        LeftOutText.Show(console, LeftOut, OthersLeftOut);
        var time = Figures.Duration(TimeSpan.FromSeconds(Seconds));
        console.WriteLine(Finished == 0 && Failed == 0
            ? $"Nothing to run: all {Figures.Count(Kept)} results were there."
            : $"{Figures.Count(Finished)} cells computed in {time}, {Figures.Count(Kept)} kept{(Failed > 0 ? $", {Figures.Count(Failed)} failed" : "")}.");
    }
}

/// <summary>A cell that failed, and why.</summary>
internal sealed record CellFault(string Cell, string Reason);
