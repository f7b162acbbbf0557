using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>Which cells take part in comparisons.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Let cells whose threshold wasn't reached, with the largest circuit tried, into EWMA, size and correlation.</summary>
    public bool IncludeNotReached { get; init; }

    /// <summary>Let cells without the task, with an empty circuit, into EWMA, size and correlation.</summary>
    public bool IncludeNoTask { get; init; }

    /// <summary>Earlier checkpoints stay out of the mean size of the scale comparison; the paper takes 1000.</summary>
    public int MinimumStep { get; init; }

    /// <summary>Whether a cell that ended so takes part in averages, sizes and pairs.</summary>
    public bool Includes(CellStatus status) => status switch
    {
        CellStatus.Reached => true,
        CellStatus.NotReached => IncludeNotReached,
        _ => IncludeNoTask,
    };
}
