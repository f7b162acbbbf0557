using System.Collections.Immutable;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Something of a suite that isn't analysed.</summary>
/// <param name="Model">The model it was found at; empty for the suite itself.</param>
/// <param name="Name">Its name: a folder's, or a revision's.</param>
/// <param name="Reason">Why.</param>
public sealed record ReportLeftOut(string Model, string Name, string Reason)
{
    /// <summary>What of a suite looks like a checkpoint and isn't analysed.</summary>
    public static ImmutableArray<ReportLeftOut> Of(SuiteFolder suite) =>
        [.. suite.LeftOut.Where(l => l.IsCheckpoint).Select(l => new ReportLeftOut(l.Model, l.Name, l.Reason))];
}
