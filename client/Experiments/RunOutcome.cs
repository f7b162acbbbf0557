using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Grid;
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
internal sealed record RunOutcome(int Cells, int Kept, int Finished, int Failed, double Seconds, string Store, IReadOnlyList<CellFault> Failures)
{
    public static RunOutcome Of(GridProgress progress, string store, IReadOnlyList<CellFault> failures) =>
        new(progress.Total, progress.Kept, progress.Finished, progress.Failed, progress.Elapsed.TotalSeconds, store, failures);

    public void Show(IAnsiConsole console)
    {
        var time = Figures.Duration(TimeSpan.FromSeconds(Seconds));
        console.WriteLine(Finished == 0 && Failed == 0
            ? $"Nothing to run: all {Figures.Count(Kept)} results were there."
            : $"{Figures.Count(Finished)} cells computed in {time}, {Figures.Count(Kept)} kept{(Failed > 0 ? $", {Figures.Count(Failed)} failed" : "")}.");
    }
}

/// <summary>A cell that failed, and why.</summary>
internal sealed record CellFault(string Cell, string Reason);
