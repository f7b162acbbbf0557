using System.Collections.Immutable;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Reports;

/// <summary>The figures of every cell, for scripts; its shape doesn't change but for new members at the ends.</summary>
public sealed record SummaryDocument(ImmutableArray<SummaryCell> Cells)
{
    /// <summary>What looks like a checkpoint of the suite and isn't analysed.</summary>
    public ImmutableArray<ReportLeftOut> LeftOut { get; init; } = [];

    /// <summary>The summary of a report.</summary>
    public static SummaryDocument Of(ReportDocument report)
    {
        var models = report.Models.ToDictionary(m => m.Name, StringComparer.Ordinal);
        return new([.. report.Cells.Select(c => Of(c, models.GetValueOrDefault(c.Model)))]) { LeftOut = report.LeftOut };
    }

    private static SummaryCell Of(ReportCell cell, ReportModel? model) => new(
        cell.Model,
        cell.Step,
        cell.Task,
        cell.TokensKnown == TokensKnown.Unknown ? null : cell.Tokens,
        cell.Metric,
        cell.Accuracy,
        cell.FaithfulnessFound,
        cell.FaithfulnessJudged,
        string.Equals(cell.Status, "reached", StringComparison.Ordinal),
        cell.Edges ?? 0,
        cell.Nodes ?? 0,
        model?.Stage,
        model?.Branch,
        model?.Seed,
        cell.TokensKnown);
}

/// <summary>A cell of a summary.</summary>
/// <param name="Tokens">Tokens the checkpoint has seen; <see langword="null"/> where nobody knows them.</param>
/// <param name="Accuracy">Share of the examples with a positive metric.</param>
/// <param name="FaithfulnessFound">On the examples that found the circuit; <see langword="null"/> without one.</param>
/// <param name="FaithfulnessJudged">On the examples that judge it; <see langword="null"/> without one.</param>
/// <param name="Reached">A circuit keeps the threshold.</param>
/// <param name="Edges">Edges of the circuit; 0 without one.</param>
/// <param name="Nodes">Nodes of the circuit; 0 without one.</param>
/// <param name="Stage">The model's stage of training; <see langword="null"/> where there is one only.</param>
/// <param name="Branch">The stage's branch; <see langword="null"/> where it has none.</param>
/// <param name="Seed">The seed; <see langword="null"/> where names say none.</param>
/// <param name="TokensKnown">How <paramref name="Tokens"/> are known.</param>
public sealed record SummaryCell(
    string Model,
    int Step,
    string Task,
    long? Tokens,
    double? Metric,
    double Accuracy,
    double? FaithfulnessFound,
    double? FaithfulnessJudged,
    bool Reached,
    int Edges,
    int Nodes,
    string? Stage,
    string? Branch,
    string? Seed,
    TokensKnown TokensKnown);
