using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid;

/// <summary>Judges planned checkpoints by their names, files and weights: which are left out of comparisons.</summary>
/// <param name="audits">What is known of weights.</param>
/// <param name="notes">Takes what people should know.</param>
internal sealed class PlanJudge(WeightAudits audits, ISet<string> notes)
{
    /// <summary>What is found about checkpoints of a plan.</summary>
    public async Task<ImmutableArray<AuditFinding>> AuditAsync(IEnumerable<PlannedCheckpoint> planned, CancellationToken cancellation)
    {
        var findings = ImmutableArray.CreateBuilder<AuditFinding>();
        foreach (var checkpoints in planned.GroupBy(c => c.Model.Name, StringComparer.Ordinal))
        {
            // the last one's model is the suite as it is now
            var model = checkpoints.Last().Model;
            var steps = checkpoints.Select(c => c.Step).ToHashSet();
            (SuiteCheckpoint Checkpoint, KnownWeights Weights)[] known = [.. checkpoints.Where(c => c.Known is { IsRead: true }).OrderBy(c => c.Step).Select(c => (c.Model.At(c.Step), c.Known!))];
            findings.AddRange(NameAudit.Of(model).Where(f => steps.Contains(f.Step)));
            var ofWeights = await audits.OfAsync(model, known, cancellation);
            findings.AddRange(ofWeights);
            var read = known.Select(c => c.Checkpoint.Step).ToHashSet();
            findings.AddRange(FileAudit.Of(
                model,
                [.. checkpoints.Where(c => c is { Hub: not null, Weights: not null, Known: not null }).OrderBy(c => c.Step).Select(c => AuditedFiles.Of(c.Step, c.Hub!, c.Weights!.Value))],
                read.Contains,
                step => ofWeights.Any(f => f.Step == step)));
            if (known.Length > WeightAudit.MostCompared)
            {
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"{model.Name}: whether its weights follow each other isn't looked at, because it has more than {WeightAudit.MostCompared} checkpoints"));
            }
        }

        return findings.ToImmutable();
    }

    /// <summary>A checkpoint with what was found: whether it is left out, and what its cells can be compared under.</summary>
    public static PlannedCheckpoint Judge(PlannedCheckpoint checkpoint, ExperimentSpec spec, ImmutableArray<AuditFinding> findings)
    {
        var reason = findings.FirstOrDefault(f =>
            f.IsLeftOut
            && f.Step == checkpoint.Step
            && string.Equals(f.Model, checkpoint.Model.Name, StringComparison.Ordinal)
            && !spec.Accept.Contains(AuditKindNames.Of(f.Kind), StringComparer.Ordinal))?.Explained;
        return checkpoint with
        {
            Cells =
            [
                .. checkpoint.Cells.Select(c => c with { LeftOut = reason, Settings = checkpoint.Info is { } info ? Comparability.SettingsOf(c, info, spec.Accept) : "" }),
            ],
        };
    }

    /// <summary>Those of some checkpoints that are judged otherwise by what was found than before.</summary>
    public static IEnumerable<PlannedCheckpoint> Changed(IEnumerable<PlannedCheckpoint> planned, ExperimentSpec spec, ImmutableArray<AuditFinding> findings) => planned
        .Select(c => (Before: c, Now: Judge(c, spec, findings)))
        .Where(c => !string.Equals(c.Before.Cells[0].LeftOut, c.Now.Cells[0].LeftOut, StringComparison.Ordinal))
        .Select(c => c.Now);
}
