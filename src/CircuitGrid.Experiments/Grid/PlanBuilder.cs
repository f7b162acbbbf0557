using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid;

/// <summary>Expands an experiment into cells and holds each against the store. For one plan; not safe for several threads.</summary>
public sealed class PlanBuilder
{
    /// <summary>Models below this many parameters are too small for one of their matrix products to keep several threads busy.</summary>
    private const long SmallModel = 20_000_000;

    private readonly ICellStore store;
    private readonly ICellAnalyzer analyzer;
    private readonly IExperimentSource source;
    private readonly LocalGridOptions options;
    private readonly SortedSet<string> notes = new(StringComparer.Ordinal);
    private readonly WeightAudits audits;
    private readonly CheckpointDrafter drafter;
    private readonly PlanJudge judge;

    /// <param name="store">What there is already.</param>
    /// <param name="analyzer">Looks at checkpoints.</param>
    /// <param name="source">Builds examples.</param>
    /// <param name="options">Settings.</param>
    /// <param name="known">What is known of checkpoints' weights; <see langword="null"/> for nothing but what the store has noted.</param>
    public PlanBuilder(ICellStore store, ICellAnalyzer analyzer, IExperimentSource source, LocalGridOptions options, WeightAudits? known = null)
    {
        this.store = store;
        this.analyzer = analyzer;
        this.source = source;
        this.options = options;
        audits = known ?? new(new(store, analyzer, source, options));
        drafter = new(analyzer, source, audits.Digests, notes);
        judge = new(audits, notes);
    }

    /// <summary>The plan of an experiment.</summary>
    /// <param name="spec">The experiment.</param>
    /// <param name="isReady">Which checkpoint folders to take; <see langword="null"/> for all, every listed step being there.</param>
    /// <param name="cancellation">Cancels the planning.</param>
    /// <exception cref="InvalidInputException">The experiment, its suite or the store can't be used.</exception>
    public async Task<GridPlan> BuildAsync(ExperimentSpec spec, Func<string, bool>? isReady, CancellationToken cancellation)
    {
        RequireNumerics(spec);
        await audits.Digests.RefreshAsync(cancellation);
        var suite = await source.OpenSuiteAsync(spec, cancellation);
        notes.UnionWith(suite.Notes);
        var chosen = new List<(SuiteModel Model, int Step)>();
        foreach (var model in Models(suite, spec))
        {
            if (model.Steps.IsEmpty)
            {
                notes.Add(NoCheckpoints(suite, model));
            }

            chosen.AddRange(Steps(model, spec, demand: isReady is null).Where(s => isReady?.Invoke(model.StepFolder(s)) ?? true).Select(s => (model, s)));
        }

        await source.Hub.LookAheadAsync([.. chosen.Select(c => (c.Model, c.Model.At(c.Step)))], options.Looked, cancellation);
        var drafts = new List<CheckpointDraft>();
        foreach (var (model, step) in chosen)
        {
            cancellation.ThrowIfCancellationRequested();
            drafts.Add(await drafter.MakeAsync(spec, suite, model, step, kind: null, cancellation));
        }

        if (drafts.Count == 0 && isReady is null)
        {
            throw new InvalidInputException(
                spec.Suite,
                $"has none of the checkpoints that '{spec.Checkpoints}' selects{(notes.Count > 0 ? $"; {string.Join("; ", notes)}" : "")}");
        }

        NoteWhatHasNoEffect(spec, suite, drafts);
        await ChooseWeightsAsync(drafts, suite, spec, cancellation);

        var costs = new CostModel([.. await store.TimingsAsync(cancellation)]);
        var (threads, workers) = Workers(spec, drafts.Select(d => d.Info));
        var stored = await store.FindAsync([.. drafts.SelectMany(d => d.Cells).Select(c => c.Fingerprint?.Key).OfType<CellKey>()], cancellation);
        var isTimed = drafts.All(d => d.Time.Tokens is not null);
        var planned = ImmutableArray.CreateBuilder<PlannedCheckpoint>(drafts.Count);
        foreach (var draft in drafts)
        {
            var decided = ImmutableArray.CreateBuilder<PlannedCell>(draft.Cells.Count);
            foreach (var cell in draft.Cells)
            {
                decided.Add(cell.Fingerprint is null ? cell : await DecideAsync(cell, draft.Info!, stored.Contains(cell.Fingerprint.Key), costs, threads / workers, cancellation));
            }

            planned.Add(draft.With(isTimed ? decided.ToImmutable() : [.. decided.Select(draft.ByStep)]));
        }

        var findings = await judge.AuditAsync(planned, cancellation);
        notes.UnionWith(findings.Where(f => !f.IsLeftOut).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Model}@{f.Step} {f.Explained}")));
        return new(spec, suite, [.. planned.Select(c => PlanJudge.Judge(c, spec, findings))], [.. notes], threads, workers) { Refusal = drafter.Refusal, Findings = findings };
    }

    /// <summary>The cells of one checkpoint, with what determines their results. The store isn't asked about them.</summary>
    /// <param name="spec">The experiment.</param>
    /// <param name="suite">Its suite.</param>
    /// <param name="model">A model of it.</param>
    /// <param name="step">A checkpoint of it.</param>
    /// <param name="weights">Which of its weights are meant; <see langword="null"/> for the first.</param>
    /// <param name="cancellation">Cancels the planning.</param>
    /// <returns>Cells to run; those that can't be are to be skipped, and say why.</returns>
    /// <exception cref="InvalidInputException">The experiment or the store can't be used.</exception>
    public async Task<PlannedCheckpoint> BuildAsync(ExperimentSpec spec, SuiteFolder suite, SuiteModel model, int step, WeightKind? weights, CancellationToken cancellation)
    {
        RequireNumerics(spec);
        await audits.Digests.RefreshAsync(cancellation);
        var draft = await drafter.MakeAsync(spec, suite, model, step, weights, cancellation);
        return draft.With([.. draft.Cells.Select(c => c.Fingerprint is null ? c : c with { Action = CellAction.Run, Reason = PlanReason.New, Why = "new" })]);
    }

    /// <summary>
    /// Checkpoints that have come, judged together with those planned before, some of which may be worth something else now. It costs what comes, and no more of
    /// what was there than a look at the weights of its models.
    /// </summary>
    /// <param name="spec">The experiment.</param>
    /// <param name="suite">Its suite as it is now.</param>
    /// <param name="come">What has come.</param>
    /// <param name="before">What was planned before.</param>
    /// <param name="cancellation">Cancels the planning.</param>
    /// <returns>What has come, and what is judged otherwise than before; <see langword="null"/> where everything has to be planned anew.</returns>
    /// <exception cref="InvalidInputException">The experiment or the store can't be used.</exception>
    public async Task<ImmutableArray<PlannedCheckpoint>?> BuildNewsAsync(
        ExperimentSpec spec, SuiteFolder suite, IReadOnlyList<(SuiteModel Model, int Step)> come, IReadOnlyCollection<PlannedCheckpoint> before, CancellationToken cancellation)
    {
        var bySteps = before.SelectMany(c => c.Cells).Any(c => c.TokensKnown == TokensKnown.Unknown);
        if (come.Any(c => !before.Any(b => string.Equals(b.Model.Name, c.Model.Name, StringComparison.Ordinal) && b.Model.GoesOn == c.Model.GoesOn)
            || (c.Model.At(c.Step).Time.Tokens is null && !bySteps)
            || (c.Model.At(c.Step).Hub is null && CheckpointFolder.WeightKinds(c.Model.StepFolder(c.Step)).Length > 1)))
        {
            return null;
        }

        var news = new List<PlannedCheckpoint>();
        foreach (var (model, step) in come)
        {
            var made = await BuildAsync(spec, suite, model, step, weights: null, cancellation);
            news.Add(bySteps ? made with { Cells = [.. made.Cells.Select(c => c with { Tokens = model.At(step).Time.Steps, TokensKnown = TokensKnown.Unknown })] } : made);
        }

        var models = news.Select(c => c.Model.Name).ToHashSet(StringComparer.Ordinal);
        var known = before.Where(c => models.Contains(c.Model.Name)).ToArray();
        var findings = await judge.AuditAsync([.. known, .. news], cancellation);
        return
        [
            .. news.Select(c => PlanJudge.Judge(c, spec, findings)),
            .. PlanJudge.Changed(known, spec, findings),
        ];
    }

    /// <summary>Planned checkpoints, judged anew by what has been found out of their weights since.</summary>
    /// <param name="spec">The experiment.</param>
    /// <param name="planned">Its checkpoints.</param>
    /// <param name="cancellation">Cancels the judging.</param>
    /// <returns>Those that are judged otherwise than before.</returns>
    /// <exception cref="InvalidInputException">The store can't be used.</exception>
    public async Task<ImmutableArray<PlannedCheckpoint>> JudgeAsync(ExperimentSpec spec, IReadOnlyCollection<PlannedCheckpoint> planned, CancellationToken cancellation)
    {
        await audits.Digests.RefreshAsync(cancellation);
        var findings = await judge.AuditAsync(planned, cancellation);
        return [.. PlanJudge.Changed(planned, spec, findings)];
    }

    private void RequireNumerics(ExperimentSpec spec)
    {
        if (!string.Equals(spec.Numerics, analyzer.Numerics, StringComparison.Ordinal))
        {
            throw new InvalidInputException(spec.Name, $"asks for numerics {spec.Numerics}; this machine computes with {analyzer.Numerics}");
        }
    }

    private static IEnumerable<SuiteModel> Models(SuiteFolder suite, ExperimentSpec spec)
    {
        foreach (var name in spec.Models)
        {
            if (!suite.Models.Any(m => string.Equals(m.Name, name, StringComparison.Ordinal) || string.Equals(m.BaseName, name, StringComparison.Ordinal)))
            {
                throw new InvalidInputException(spec.Suite, $"has no model '{name}'{NearestName.Hint(name, [.. suite.Models.Select(m => m.Name)])}");
            }
        }

        return suite.Models.Where(spec.Takes);
    }

    private static string NoCheckpoints(SuiteFolder suite, SuiteModel model)
    {
        const int Shown = 3;
        return !RemoteSuite.IsOne(suite.Folder) ? $"{model.Name}: has no checkpoints in {model.Folder}"
            : suite.LeftOut.Where(l => l.Model == model.Name).Select(l => $"{l.Name} {l.Reason}").Take(Shown).ToArray() is { Length: > 0 } why ? $"{model.Name}: {string.Join("; ", why)}"
            : $"{model.Name}: has no checkpoints";
    }

    private static IEnumerable<int> Steps(SuiteModel model, ExperimentSpec spec, bool demand)
    {
        if (demand && spec.Checkpoints is { Demanded: true, Steps: { } steps })
        {
            var missing = steps.Where(s => !model.Steps.Contains(s)).ToArray();
            if (missing.Length > 0)
            {
                throw new InvalidInputException(
                    spec.Suite,
                    string.Create(CultureInfo.InvariantCulture, $"model {model.Name} has no step {missing[0]}; it has {string.Join(", ", model.Steps)}"));
            }
        }

        return model.Steps.Where(spec.Checkpoints.Includes);
    }

    /// <summary>
    /// Of two whole files the first is read, unless its weights are another checkpoint's: then the other one is. Whatever isn't read isn't compared, which is said.
    /// </summary>
    private async Task ChooseWeightsAsync(List<CheckpointDraft> drafts, SuiteFolder suite, ExperimentSpec spec, CancellationToken cancellation)
    {
        for (var i = 0; i < drafts.Count; i++)
        {
            var draft = drafts[i];
            if (draft.Hub is { } hub)
            {
                NoteKinds(draft, hub);
                continue;
            }

            var kinds = CheckpointFolder.WeightKinds(draft.Files.Folder);
            if (draft.Weights is null || kinds.Length < 2)
            {
                continue;
            }

            var chosen = kinds[0];
            if (kinds is [WeightKind.Safetensors, WeightKind.Torch] && drafts.Exists(d => d != draft && d.Model == draft.Model && d.Weights?.Own == draft.Weights.Own))
            {
                // whose other file holds the same is the weights' owner, and nothing is gained by it
                var other = await drafter.MakeAsync(spec, suite, draft.Model, draft.Step, WeightKind.Torch, cancellation);
                if (other.Weights is null)
                {
                    notes.Add(string.Create(CultureInfo.InvariantCulture, $"{draft.Model.Name}@{draft.Step}: {kinds[0].FileName()} has another checkpoint's weights, and {kinds[1].FileName()} can't be read"));
                    continue;
                }

                if (drafts.Exists(d => d.Model == draft.Model && d.Weights?.Own == other.Weights.Own))
                {
                    continue;
                }

                (drafts[i], chosen) = (other, WeightKind.Torch);
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"{draft.Model.Name}@{draft.Step}: {kinds[0].FileName()} has another checkpoint's weights; {chosen.FileName()} is read"));
            }

            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{draft.Model.Name}@{draft.Step}: {chosen.FileName()} is read, and not compared with {string.Join(" and ", kinds.Where(k => k != chosen).Select(k => k.FileName()))}; 'circuitgrid audit --compare-kinds' does"));
        }
    }

    /// <summary>On the hub digests tell which of several kinds to read before one is fetched.</summary>
    private void NoteKinds(CheckpointDraft draft, HubCheckpoint hub)
    {
        if (draft.Weights is null || hub.Kinds.Length < 2 || draft.Files.Kind is not { } chosen)
        {
            return;
        }

        var others = hub.Kinds.Where(k => k != chosen).ToArray();
        notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{draft.Model.Name}@{draft.Step}: {chosen.FileName()} is read, and not compared with {string.Join(" and ", others.Select(k => k.FileName()))}{hub.KindsOfMain}"));
    }

    /// <summary>Notes what the experiment says without its having an effect here.</summary>
    private void NoteWhatHasNoEffect(ExperimentSpec spec, SuiteFolder suite, List<CheckpointDraft> drafts)
    {
        foreach (var key in suite.Ignored.Where(k => !drafts.Any(d => d.PassedOver.Any(p => p.EndsWith($": {k}", StringComparison.Ordinal)))))
        {
            notes.Add($"'{key}' is to be ignored, and no file has such a key");
        }

        if (spec.Heads && spec.Tasks.Any(t => t.Pairs is null && (t.PrependBos || t.Lexicon is not null || t.Templates != TemplateSet.Published)))
        {
            notes.Add("heads: head scores are measured on prompts of their own; 'bos', 'lexicon' and 'templates' are for tasks alone");
        }
    }

    private async Task<PlannedCell> DecideAsync(PlannedCell cell, CheckpointInfo info, bool isStored, CostModel costs, int threads, CancellationToken cancellation)
    {
        var now = cell.Fingerprint!;
        var history = await store.HistoryAsync(cell.Id, cancellation);
        if (isStored)
        {
            return history.Contains(now)
                ? cell with { Action = CellAction.Keep, Reason = PlanReason.UpToDate, Why = "up to date" }
                : cell with { Action = CellAction.Keep, Reason = PlanReason.SameAsAnother, Why = "same weights, examples and analysis as another cell" };
        }

        var (reason, why) = await store.ReadFailureAsync(now.Key, cancellation) is { } failure
            ? (PlanReason.FailedBefore, "failed before: " + failure.Reason)
            : CellChanges.Explain(history, now);
        var work = CostModel.Work(info, cell);
        return cell with
        {
            Action = CellAction.Run,
            Reason = reason,
            Why = why,
            Forecast = costs.Seconds(cell.Id.Model, cell.Id.Task, now.Analysis, work, threads),
        };
    }

    /// <summary>Small models one a thread, large ones all threads on one; on any other device than the processor itself one after the other.</summary>
    private (int Threads, int Workers) Workers(ExperimentSpec spec, IEnumerable<CheckpointInfo?> checkpoints)
    {
        var threads = spec.Threads ?? options.Threads;
        var known = checkpoints.OfType<CheckpointInfo>().ToArray();
        var largest = known.Select(c => c.Parameters).DefaultIfEmpty().Max();
        var isOther = DeviceRequest.OfNumerics(analyzer.Numerics) is { } device && !string.Equals(device.Device, DeviceRequest.Cpu, StringComparison.Ordinal);
        var workers = options.Workers ?? (largest < SmallModel && !isOther ? Math.Clamp(known.Length, 1, threads) : 1);
        return (Math.Max(threads, workers), workers);
    }
}
