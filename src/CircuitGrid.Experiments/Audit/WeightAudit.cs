using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Models.Checkpoints.Prints;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Known;

namespace CircuitGrid.Experiments.Audit;

/// <summary>
/// Holds the weights of a model's checkpoints against each other: equal ones, ones that lie elsewhere than their place says, and ones of which a part is
/// another's. What is found leaves a checkpoint out of comparisons; the table of known defects only decides between two, and says that a defect is known.
/// </summary>
public static class WeightAudit
{
    /// <summary>Distances are between all of a model's checkpoints: of more than this they would take longer than planning may.</summary>
    public const int MostCompared = 1000;

    /// <summary>What is found about a model's checkpoints.</summary>
    /// <param name="model">The model.</param>
    /// <param name="checkpoints">Its checkpoints by step, or those of them that are asked about.</param>
    public static ImmutableArray<AuditFinding> Of(SuiteModel model, IReadOnlyList<AuditedCheckpoint> checkpoints)
    {
        AuditedCheckpoint[] printed = checkpoints.Count > MostCompared ? [] : [.. checkpoints.Where(c => c.Print is not null)];
        ImmutableArray<PlacedPrint> run = [.. printed.Select(c => new PlacedPrint(c.Checkpoint.Step, c.Print!))];
        var continuity = new Continuity(run);
        var findings = Equal(model, checkpoints, printed, continuity).ToList();
        var known = findings.Select(f => f.Step).ToHashSet();
        foreach (var finding in continuity.Find())
        {
            var step = printed[finding.Index].Checkpoint.Step;
            if (known.Add(step))
            {
                findings.Add(new(model.Name, step, AuditKind.Elsewhere, Describe(finding, printed)) { IsLeftOut = true, Known = Report(model, step, d => d.SameAs is null) });
            }
        }

        foreach (var stale in StaleTensors.Find(run))
        {
            var step = printed[stale.Index].Checkpoint.Step;
            if (known.Add(step))
            {
                findings.Add(new(model.Name, step, AuditKind.StalePart, Describe(stale, printed)) { IsLeftOut = true });
            }
        }

        var reported = checkpoints.Where(c => !known.Contains(c.Checkpoint.Step) && c.Print is null)
            .Select(c => (c.Checkpoint.Step, Defect: Report(model, c.Checkpoint.Step, _ => true)))
            .Where(r => r.Defect is not null)
            .Select(r => new AuditFinding(model.Name, r.Step, AuditKind.Reported, "is reported to be defective, and its weights haven't been looked at") { Known = r.Defect });
        return [.. findings.Concat(reported).OrderBy(f => f.Step).ThenBy(f => f.Kind)];
    }

    private static IEnumerable<AuditFinding> Equal(SuiteModel model, IReadOnlyList<AuditedCheckpoint> checkpoints, AuditedCheckpoint[] printed, Continuity continuity)
    {
        foreach (var equal in checkpoints.Where(c => c.Digest is not null).GroupBy(c => c.Print?.Numbers ?? c.Digest!, StringComparer.Ordinal).Where(g => g.Skip(1).Any()).Select(g => g.ToList()))
        {
            var steps = equal.Select(c => c.Checkpoint.Step).ToHashSet();
            var isReported = equal.ToDictionary(c => c, c => Report(model, c.Checkpoint.Step, d => d.SameAs is { } other && steps.Contains(other)));
            var candidates = equal.Where(c => isReported[c] is null).DefaultIfEmpty(equal[0]).ToList();
            var keeper = candidates[0];
            foreach (var other in candidates.Skip(1))
            {
                var (first, second) = (Array.IndexOf(printed, keeper), Array.IndexOf(printed, other));
                if (first >= 0 && second >= 0 && continuity.FindOff(first, second) == first)
                {
                    keeper = other;
                }
            }

            foreach (var copy in equal.Where(c => c != keeper))
            {
                yield return new(model.Name, copy.Checkpoint.Step, AuditKind.EqualWeights, Invariant($"has the weights of step {keeper.Checkpoint.Step}")) { IsLeftOut = true, Known = isReported[copy] };
            }
        }
    }

    private static KnownDefect? Report(SuiteModel model, int step, Func<KnownDefect, bool> isMeant) =>
        model.Known?.Defects.FirstOrDefault(d => d.Steps.Contains(step) && isMeant(d));

    private static string Describe(ContinuityFinding finding, AuditedCheckpoint[] printed) => finding switch
    {
        { Fault: ContinuityFault.Swapped, Nearest: { } other } => Invariant($"and step {printed[other].Checkpoint.Step} are in each other's place: their weights lie the other way round"),
        { Fault: ContinuityFault.OffTrend, Nearest: { } nearest } => Invariant($"lies off its neighbours' trend: its weights are nearest to those of step {printed[nearest].Checkpoint.Step}, at a distance of {finding.Distance:G2}"),
        _ => "has weights that have nothing in common with the other checkpoints': another seed, or another model of this shape",
    };

    private static string Describe(StaleTensors stale, AuditedCheckpoint[] printed)
    {
        var part = stale.File is { } file ? $"all of {file}" : Invariant($"{stale.Tensors.Length} of its matrices, {stale.Tensors[0]}{(stale.Tensors.Length > 1 ? " and others" : "")}");
        return Invariant($"has a part of step {printed[stale.Other].Checkpoint.Step}: {part}{(stale.IsByTrend ? "" : "; which of the two has the other's can't be told")}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
