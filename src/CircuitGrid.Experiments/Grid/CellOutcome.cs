using CircuitGrid.Circuits.Heads;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Grid;

/// <summary>What came of a cell: a task's result, or a checkpoint's head scores; neither where it was taken out of the store meanwhile.</summary>
public readonly record struct CellOutcome
{
    public CellOutcome(CellResult? result) => Result = result;

    public CellOutcome(HeadScores? heads) => Heads = heads;

    public CellResult? Result { get; }

    public HeadScores? Heads { get; }
}
