using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Hosting;

/// <summary>From what a grid reports to what followers of a host hear.</summary>
public static class HostedEvents
{
    /// <summary>An event without the result it carries, which has megabytes where followers need a few figures.</summary>
    /// <param name="sequence">Its number, counted from 1 since the experiment was started.</param>
    /// <param name="value">What the grid reported.</param>
    public static HostedEvent Of(long sequence, GridEvent value) =>
        new(sequence, value.Kind, value.Cell, value.Message, value.Progress, OutcomeOf(value));

    /// <summary>A result in short.</summary>
    public static HostedOutcome OutcomeOf(CellResult result) => new(
        result.Status,
        result.Chosen?.Edges ?? 0,
        result.Chosen?.Nodes ?? 0,
        result.Chosen is { } chosen ? result.JudgedFaithfulness(chosen).Value : null);

    private static HostedOutcome? OutcomeOf(GridEvent value) =>
        value.Result is { } result ? OutcomeOf(result)
        : value.Heads is not null ? new(Status: null, Edges: 0, Nodes: 0, Faithfulness: null)
        : null;
}
