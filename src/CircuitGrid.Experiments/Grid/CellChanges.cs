using System.Globalization;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Grid;

/// <summary>Says why a cell has no result yet, from what determined its earlier ones.</summary>
internal static class CellChanges
{
    /// <summary>Compares with whichever earlier fingerprint differs in the fewest things, the latest of those.</summary>
    public static (PlanReason Reason, string Why) Explain(IReadOnlyList<CellFingerprint> history, CellFingerprint now) =>
        history.Select(before => Changes(before, now)).MinBy(changes => changes.Count) switch
        {
            null => (PlanReason.New, "new"),
            [] => (PlanReason.ResultMissing, "its result was taken out of the store"),
            var changes => (changes[0].Reason, string.Join("; ", changes.Select(c => c.Why))),
        };

    private static List<(PlanReason Reason, string Why)> Changes(CellFingerprint before, CellFingerprint now)
    {
        var changes = new List<(PlanReason, string)>();
        if (!string.Equals(before.ModelDigest, now.ModelDigest, StringComparison.Ordinal))
        {
            changes.Add((PlanReason.WeightsChanged, "weights changed"));
        }

        if (!string.Equals(before.ExamplesDigest, now.ExamplesDigest, StringComparison.Ordinal))
        {
            changes.Add((PlanReason.ExamplesChanged, "examples changed"));
        }

        var options = (Before: HeadInputsDigest.WithoutCircuit(before.Analysis, out var oldCircuit), Now: HeadInputsDigest.WithoutCircuit(now.Analysis, out var circuit));
        if (!string.Equals(options.Before, options.Now, StringComparison.Ordinal))
        {
            changes.Add((PlanReason.AnalysisChanged, "analysis changed: " + string.Join(", ", CellAnalysis.Differences(options.Before, options.Now))));
        }

        // new weights and numerics have a new circuit by themselves
        if (!string.Equals(oldCircuit, circuit, StringComparison.Ordinal)
            && string.Equals(before.ModelDigest, now.ModelDigest, StringComparison.Ordinal)
            && string.Equals(before.Numerics, now.Numerics, StringComparison.Ordinal))
        {
            changes.Add((PlanReason.CircuitChanged, oldCircuit is null ? "there is an ioi circuit now" : circuit is null ? "there is no ioi circuit any more" : "the ioi circuit's cell changed"));
        }

        if (!string.Equals(before.Numerics, now.Numerics, StringComparison.Ordinal))
        {
            changes.Add((PlanReason.NumericsChanged, $"numerics {before.Numerics} → {now.Numerics}"));
        }

        if (before.AlgorithmVersion != now.AlgorithmVersion)
        {
            changes.Add((PlanReason.AlgorithmChanged, string.Create(CultureInfo.InvariantCulture, $"algorithm version {before.AlgorithmVersion} → {now.AlgorithmVersion}")));
        }

        return changes;
    }
}
