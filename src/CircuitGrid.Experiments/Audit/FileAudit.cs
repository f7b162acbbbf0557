using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Known;

namespace CircuitGrid.Experiments.Audit;

/// <summary>
/// Holds checkpoints on the hub against each other by the digests of their weight files alone, before one is fetched: equal ones, ones that are <c>main</c>'s, and
/// single shards that are another's. Once weights have been read, <see cref="WeightAudit"/> knows more, and judges them.
/// </summary>
public static class FileAudit
{
    /// <summary>What is found about a model's checkpoints.</summary>
    /// <param name="model">The model.</param>
    /// <param name="checkpoints">Its checkpoints by step, or those of them that are asked about, with the files that hold their weights.</param>
    /// <param name="isRead">Which of them are judged by their weights, so that equal files need no word of their own.</param>
    /// <param name="isFound">About which of them their weights have told something: a shard that is another's isn't said beside it.</param>
    public static ImmutableArray<AuditFinding> Of(SuiteModel model, IReadOnlyList<AuditedFiles> checkpoints, Func<int, bool> isRead, Func<int, bool> isFound)
    {
        var last = model.Known?.Main ?? (model.Steps.IsEmpty ? 0 : model.Steps[^1]);
        var findings = new SortedDictionary<int, AuditFinding>();
        foreach (var step in checkpoints.Where(c => c.Step != last && c.Files.All(f => c.OfMain.Contains(f.Digest))).Select(c => c.Step))
        {
            findings[step] = Finding(model, step, AuditKind.EqualWeights, "has the weights of main: its files are the same", d => d.SameAs is not null);
        }

        foreach (var equal in checkpoints.Where(c => !findings.ContainsKey(c.Step)).GroupBy(c => string.Join(' ', c.Files.Select(f => f.Digest)), StringComparer.Ordinal).Where(g => g.Skip(1).Any()))
        {
            int[] steps = [.. equal.Select(c => c.Step)];
            var isReported = steps.ToDictionary(s => s, s => Report(model, s, d => d.SameAs is { } other && steps.Contains(other)) is not null);
            var keeper = steps.Contains(last) ? last : steps.Where(s => !isReported[s]).DefaultIfEmpty(steps[0]).First();
            foreach (var step in steps.Where(s => s != keeper))
            {
                findings[step] = Finding(model, step, AuditKind.EqualWeights, Invariant($"has the weights of step {keeper}: its files are the same"), d => d.SameAs is not null);
            }
        }

        foreach (var stale in Shards(checkpoints, last).Where(s => !findings.ContainsKey(s.Step)).GroupBy(s => s.Step).Select(g => g.First()).ToList())
        {
            findings[stale.Step] = Finding(model, stale.Step, AuditKind.StalePart, Invariant($"has a part of {stale.Of}: all of {stale.Name}{(stale.IsSure ? "" : "; which of the two has the other's can't be told")}"), _ => false);
        }

        foreach (var step in checkpoints.Select(c => c.Step).Where(s => !findings.ContainsKey(s) && Report(model, s, _ => true) is not null))
        {
            findings[step] = Finding(model, step, AuditKind.Reported, "is reported to be defective, and its weights haven't been looked at", _ => true) with { IsLeftOut = false };
        }

        return [.. findings.Values.Where(f => !(f.Kind == AuditKind.StalePart ? isFound(f.Step) : isRead(f.Step))), .. Unread(model, checkpoints)];
    }

    /// <summary>Whole files that nobody reads and that another checkpoint has, too: left over beside shards, as a rule.</summary>
    private static IEnumerable<AuditFinding> Unread(SuiteModel model, IReadOnlyList<AuditedFiles> checkpoints) =>
        from c in checkpoints
        from file in c.Others.Where(file => !c.OfMain.Contains(file.Digest))
        let other = checkpoints.FirstOrDefault(o => o.Step != c.Step && o.Files.Concat(o.Others).Any(f => f.Digest == file.Digest))
        where other is not null
        select new AuditFinding(model.Name, c.Step, AuditKind.WeightKinds, Invariant($"has {file.Name} of step {other.Step} beside the weights that are read"));

    private static IEnumerable<(int Step, string Name, string Of, bool IsSure)> Shards(IReadOnlyList<AuditedFiles> checkpoints, int last)
    {
        var seen = new Dictionary<(string Name, string Digest), int>();
        foreach (var (step, files, _, ofMain) in checkpoints.Where(c => c.Files.Length > 1))
        {
            foreach (var file in files)
            {
                if (step != last && ofMain.Contains(file.Digest))
                {
                    yield return (step, file.Name, "main", true);
                }
                else if (!seen.TryAdd((file.Name, file.Digest), step))
                {
                    yield return (step, file.Name, Invariant($"step {seen[(file.Name, file.Digest)]}"), false);
                }
            }
        }
    }

    private static AuditFinding Finding(SuiteModel model, int step, AuditKind kind, string text, Func<KnownDefect, bool> isMeant) =>
        new(model.Name, step, kind, text) { IsLeftOut = true, Known = Report(model, step, isMeant) };

    private static KnownDefect? Report(SuiteModel model, int step, Func<KnownDefect, bool> isMeant) =>
        model.Known?.Defects.FirstOrDefault(d => d.Steps.Contains(step) && isMeant(d));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
