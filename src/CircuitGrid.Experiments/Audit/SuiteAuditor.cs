using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Prints;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Sources;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Experiments.Audit;

/// <summary>Looks at all checkpoints of a suite, without an experiment: their files, what digests and earlier runs say of their weights, and their names.</summary>
/// <param name="analyzer">Reads checkpoints.</param>
/// <param name="digests">What is known of weights.</param>
/// <param name="remote">Looks at checkpoints on the hub, and brings weights that are to be read.</param>
public sealed class SuiteAuditor(ICellAnalyzer analyzer, CheckpointDigests digests, RemoteAudit remote)
{
    /// <summary>How the names of files of weights begin and end, those of shards included.</summary>
    private static readonly ImmutableArray<(string Stem, string Extension)> s_weights =
        [.. new[] { CheckpointFolder.SafetensorsName, CheckpointFolder.TorchName }.Select(name => (Path.GetFileNameWithoutExtension(name), Path.GetExtension(name)))];

    /// <summary>Audits a suite.</summary>
    /// <param name="suite">The suite.</param>
    /// <param name="options">How far to go.</param>
    /// <param name="progress">Receives the share of checkpoints done, 0…1.</param>
    /// <param name="cancellation">Cancels the audit.</param>
    /// <exception cref="InvalidInputException">The store can't be used.</exception>
    public async Task<SuiteAudit> RunAsync(SuiteFolder suite, AuditOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        await digests.RefreshAsync(cancellation);
        var findings = new List<AuditFinding>();
        var everywhere = new List<(SuiteModel Model, AuditedCheckpoint Checkpoint)>();
        var total = suite.Models.Sum(m => m.Checkpoints.Length);
        var done = 0;
        await remote.LookAheadAsync(suite, cancellation);
        foreach (var model in suite.Models)
        {
            var files = new List<AuditedFiles>();
            var checkpoints = new List<AuditedCheckpoint>();
            (SuiteCheckpoint Checkpoint, CheckpointInfo Info, string? Tokenizer)? before = null;
            GraphShape? graph = null;
            foreach (var checkpoint in model.Checkpoints)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((double)done++ / total);
                if (await LookAsync(model, checkpoint, findings, cancellation) is not var (info, hub))
                {
                    continue;
                }

                graph ??= info.Graph;
                if (info.Graph != graph)
                {
                    findings.Add(new(model.Name, checkpoint.Step, AuditKind.Unusable, "can't be used: its graph has another shape than that of the model's first checkpoint"));
                }
                else
                {
                    checkpoints.Add(await WeighAsync(model, checkpoint, hub, options, findings, cancellation));
                    if (hub is not null)
                    {
                        files.Add(AuditedFiles.Of(checkpoint.Step, hub, hub.Kind));
                    }

                    var now = (Checkpoint: checkpoint, Info: info, Tokenizer: model.FindTokenizer(checkpoint.Step));
                    if (before is { } last)
                    {
                        findings.AddRange(Differences(model, last, now, options.Accept));
                    }

                    before = now;
                }
            }

            var read = checkpoints.Where(c => c.Print is not null).Select(c => c.Checkpoint.Step).ToHashSet();
            var ofWeights = WeightAudit.Of(model, files.Count == 0 ? checkpoints : [.. checkpoints.Where(c => c.Print is not null)]);
            findings.AddRange(NameAudit.Of(model).Concat(ofWeights).Concat(FileAudit.Of(model, files, read.Contains, step => ofWeights.Any(f => f.Step == step))).Select(f => options.Accept.Contains(AuditKindNames.Of(f.Kind), StringComparer.Ordinal)
                ? f with { IsLeftOut = false, Text = f.Text + " (accepted)" }
                : f));
            everywhere.AddRange(checkpoints.Select(c => (model, c)));
        }

        findings.AddRange(EqualInOtherModels(everywhere));
        return new(suite, [.. suite.Models.SelectMany(m => findings.Where(f => f.Model == m.Name).OrderBy(f => f.Step).ThenBy(f => f.Kind))], total, everywhere.Count(c => c.Checkpoint.Print is not null));
    }

    /// <returns><see langword="null"/> where the checkpoint can't be used.</returns>
    private async Task<(CheckpointInfo Info, HubCheckpoint? Hub)?> LookAsync(SuiteModel model, SuiteCheckpoint checkpoint, List<AuditFinding> findings, CancellationToken cancellation)
    {
        if (checkpoint.Hub is null && !CheckpointFolder.IsComplete(checkpoint.Folder, out var reason))
        {
            findings.Add(new(model.Name, checkpoint.Step, AuditKind.Unusable, "can't be used: " + reason));
            return null;
        }

        try
        {
            var hub = checkpoint.Hub is null ? null : await remote.LookAsync(model, checkpoint, cancellation);
            return (analyzer.Inspect(hub?.Files(hub.Kind) ?? checkpoint.Folder, new ForeignKeys(model.Ignored)), hub);
        }
        catch (InvalidInputException e) when (e is not HubUnreachableException)
        {
            findings.Add(new(model.Name, checkpoint.Step, AuditKind.Unusable, "can't be used: " + e.Message));
            return null;
        }
    }

    private async Task<AuditedCheckpoint> WeighAsync(
        SuiteModel model, SuiteCheckpoint checkpoint, HubCheckpoint? hub, AuditOptions options, List<AuditFinding> findings, CancellationToken cancellation)
    {
        var (known, print) = await KnownAsync(hub?.Files(hub.Kind) ?? new(checkpoint.Folder), hub, model, options.Weights, findings, checkpoint, cancellation);
        if (print?.Tensors.FirstOrDefault(t => t.NonFinite > 0) is { } damaged)
        {
            findings.Add(new(model.Name, checkpoint.Step, AuditKind.Unusable, $"can't be used: {damaged.Name} has values that aren't finite; the file is damaged or training diverged"));
        }

        // the one that is read stands first
        var kinds = hub is null ? CheckpointFolder.WeightKinds(checkpoint.Folder) : [hub.Kind, .. hub.Kinds.Where(k => k != hub.Kind)];
        if (kinds.Length > 1)
        {
            findings.Add(new(model.Name, checkpoint.Step, AuditKind.WeightKinds, options.CompareKinds
                ? await CompareAsync(model, checkpoint, hub, kinds, cancellation)
                : $"has {string.Join(" and ", kinds.Select(k => k.FileName()))}: the first is read, and they weren't compared{hub?.KindsOfMain}"));
        }

        return new(checkpoint, known?.Digest ?? OfFiles(model, checkpoint), print);
    }

    private async Task<(KnownWeights? Known, WeightPrint? Print)> KnownAsync(
        CheckpointFiles files, HubCheckpoint? hub, SuiteModel model, bool read, List<AuditFinding> findings, SuiteCheckpoint checkpoint, CancellationToken cancellation)
    {
        var known = await digests.FindAsync(files, cancellation);
        var print = known is null ? null : await digests.ReadPrintAsync(known.Own, cancellation);
        if (print is not null || !read)
        {
            return (known, print);
        }

        try
        {
            if (hub is not null)
            {
                await remote.FetchAsync(hub, files.Kind ?? hub.Kind, cancellation);
            }

            known = await digests.ComputeAsync(files, model.Ignored, cancellation);
            return (known, await digests.ReadPrintAsync(known.Own, cancellation));
        }
        catch (InvalidInputException e) when (e is not HubUnreachableException)
        {
            findings.Add(new(model.Name, checkpoint.Step, AuditKind.Unusable, "can't be used: " + e.Message));
            return (null, null);
        }
    }

    private async Task<string> CompareAsync(
        SuiteModel model, SuiteCheckpoint checkpoint, HubCheckpoint? hub, ImmutableArray<WeightKind> kinds, CancellationToken cancellation)
    {
        var unreadable = new List<AuditFinding>();
        var prints = new List<(WeightKind Kind, WeightPrint? Print)>();
        foreach (var kind in kinds)
        {
            prints.Add((kind, (await KnownAsync(hub?.Files(kind) ?? new(checkpoint.Folder, kind), hub, model, read: true, unreadable, checkpoint, cancellation)).Print));
        }

        var all = string.Join(" and ", kinds.Select(k => k.FileName()));
        return prints.Exists(p => p.Print is null) ? $"has {all}, of which one {unreadable.FirstOrDefault()?.Text ?? "can't be read"}"
            : prints.TrueForAll(p => p.Print!.Numbers == prints[0].Print!.Numbers) ? $"has {all}, which hold the same weights"
            : $"has {all}, which hold different weights: the first is read";
    }

    /// <summary>The digests of the files of weights, where a source knows them; equal ones are of equal weights.</summary>
    private static string? OfFiles(SuiteModel model, SuiteCheckpoint checkpoint)
    {
        string[] digests =
        [
            .. model.Source.Digests(new FoundCheckpoint(checkpoint.Name, checkpoint.Folder))
                .Where(d => s_weights.Any(w => d.Name.StartsWith(w.Stem, StringComparison.Ordinal) && d.Name.EndsWith(w.Extension, StringComparison.Ordinal)))
                .Select(d => $"{d.Name} {d.Digest}"),
        ];
        return digests.Length == 0 ? null : string.Join('\n', digests);
    }

    private static IEnumerable<AuditFinding> Differences(
        SuiteModel model, (SuiteCheckpoint Checkpoint, CheckpointInfo Info, string? Tokenizer) before, (SuiteCheckpoint Checkpoint, CheckpointInfo Info, string? Tokenizer) now, ImmutableArray<string> accept)
    {
        foreach (var (field, other, value) in Comparability.Differences(before.Info, now.Info).Where(d => !accept.Contains(d.Field, StringComparer.Ordinal)))
        {
            yield return new(model.Name, now.Checkpoint.Step, AuditKind.Settings, string.Create(
                CultureInfo.InvariantCulture, $"has {field} {value}, and step {before.Checkpoint.Step} {other}: results across it aren't compared"));
        }

        if (now.Tokenizer is { } tokenizer && before.Tokenizer is { } earlier && tokenizer != earlier && !AreEqual(TokenizerFiles.Of(tokenizer), TokenizerFiles.Of(earlier)))
        {
            yield return new(model.Name, now.Checkpoint.Step, AuditKind.Settings, string.Create(
                CultureInfo.InvariantCulture, $"has another tokenizer.json than step {before.Checkpoint.Step}: 'plan' says whether a task's prompts become other tokens"));
        }
    }

    private static bool AreEqual(ImmutableArray<string> files, ImmutableArray<string> others) =>
        files.Length == others.Length && files.Zip(others).All(pair => FileContents.AreEqual(pair.First, pair.Second));

    /// <summary>Seeds that share a beginning, or a model's folder copied under another name.</summary>
    private static IEnumerable<AuditFinding> EqualInOtherModels(List<(SuiteModel Model, AuditedCheckpoint Checkpoint)> all) => all
        .Where(c => c.Checkpoint.Digest is not null)
        .GroupBy(c => c.Checkpoint.Print?.Numbers ?? c.Checkpoint.Digest!, StringComparer.Ordinal)
        .Where(g => g.Select(c => c.Model.Name).Distinct(StringComparer.Ordinal).Skip(1).Any())
        .SelectMany(g => g.Skip(1).Where(c => c.Model != g.First().Model).Select(c => new AuditFinding(
            c.Model.Name,
            c.Checkpoint.Checkpoint.Step,
            AuditKind.EqualWeights,
            string.Create(CultureInfo.InvariantCulture, $"has the weights of {g.First().Model.Name}@{g.First().Checkpoint.Checkpoint.Step}"))));
}
