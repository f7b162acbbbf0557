using System.Collections.Immutable;

namespace CircuitGrid.Experiments.Reports;

/// <summary>The figures of every cell, for scripts; its shape doesn't change.</summary>
public sealed record SummaryDocument(ImmutableArray<SummaryCell> Cells)
{
    /// <summary>The summary of a report.</summary>
    public static SummaryDocument Of(ReportDocument report) => new(
    [
        .. report.Cells.Select(c => new SummaryCell(
            c.Model,
            c.Step,
            c.Task,
            c.Tokens,
            c.Metric,
            c.Accuracy,
            c.FaithfulnessFound,
            c.FaithfulnessJudged,
            string.Equals(c.Status, "reached", StringComparison.Ordinal),
            c.Edges ?? 0,
            c.Nodes ?? 0)),
    ]);
}

/// <summary>A cell of a summary.</summary>
/// <param name="Accuracy">Share of the examples with a positive metric.</param>
/// <param name="FaithfulnessFound">On the examples that found the circuit; <see langword="null"/> without one.</param>
/// <param name="FaithfulnessJudged">On the examples that judge it; <see langword="null"/> without one.</param>
/// <param name="Reached">A circuit keeps the threshold.</param>
/// <param name="Edges">Edges of the circuit; 0 without one.</param>
/// <param name="Nodes">Nodes of the circuit; 0 without one.</param>
public sealed record SummaryCell(
    string Model,
    int Step,
    string Task,
    long Tokens,
    double? Metric,
    double Accuracy,
    double? FaithfulnessFound,
    double? FaithfulnessJudged,
    bool Reached,
    int Edges,
    int Nodes);
