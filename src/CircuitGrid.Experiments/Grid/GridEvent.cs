using CircuitGrid.Circuits.Heads;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Grid;

/// <summary>What happened.</summary>
public enum GridEventKind
{
    /// <summary>The plan is made, and cells whose result is there are counted.</summary>
    Planned,

    /// <summary>A checkpoint's weights are being loaded.</summary>
    Loading,

    /// <summary>A cell is being computed.</summary>
    Started,

    /// <summary>A cell is computed and stored.</summary>
    Finished,

    /// <summary>A cell's result was found when its turn came: another process or another cell had computed it.</summary>
    Found,

    /// <summary>A cell couldn't be computed.</summary>
    Failed,

    /// <summary>Nothing is left to do.</summary>
    Completed,

    /// <summary>Something about checkpoints that people should know: one that is waited for, that changed, or that is gone.</summary>
    Noticed,

    /// <summary>Weights are being fetched from the hub, and more of them are here.</summary>
    Fetching,

    /// <summary>A checkpoint's weights are here.</summary>
    Fetched,
}

/// <summary>Something that happened during a run, and how far it is.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Cell">The cell it happened to, if it was one.</param>
/// <param name="Message">For people, in one line: a checkpoint's name, a failure's reason, what was noticed.</param>
/// <param name="Progress">How far the run is.</param>
/// <param name="Result">The result of a task's cell finished or found.</param>
/// <param name="Heads">The head scores finished or found.</param>
public sealed record GridEvent(GridEventKind Kind, CellId? Cell, string? Message, GridProgress Progress, CellResult? Result = null, HeadScores? Heads = null);

/// <summary>How far a run is.</summary>
/// <param name="Total">Cells of the experiment.</param>
/// <param name="Kept">Cells whose result was there when the run began.</param>
/// <param name="Finished">Cells computed, or found when their turn came.</param>
/// <param name="Failed">Cells that couldn't be computed.</param>
/// <param name="Running">Cells being computed.</param>
/// <param name="Elapsed">Time since the run began.</param>
/// <param name="Left">Time still to expect; <see langword="null"/> while nothing can be said.</param>
public sealed record GridProgress(int Total, int Kept, int Finished, int Failed, int Running, TimeSpan Elapsed, TimeSpan? Left)
{
    /// <summary>Cells nothing has been done about yet.</summary>
    public int Waiting => Total - Kept - Finished - Failed - Running;
}
