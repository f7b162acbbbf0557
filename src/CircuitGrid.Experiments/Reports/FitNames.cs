using System.Text.Json;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Experiments.Reports;

/// <summary>The words that files and the page have for how a fit ended.</summary>
public static class FitNames
{
    /// <summary>E.g. <c>middle-at-start</c>.</summary>
    public static string Of(FitOutcome outcome) => JsonNamingPolicy.KebabCaseLower.ConvertName(outcome.ToString());
}
