using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
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
/// <param name="store">What there is already.</param>
/// <param name="analyzer">Looks at checkpoints.</param>
/// <param name="source">Builds examples.</param>
/// <param name="options">Settings.</param>
/// <param name="known">What is known of checkpoints' weights; <see langword="null"/> for nothing but what the store has noted.</param>
public sealed class PlanBuilder(ICellStore store, ICellAnalyzer analyzer, IExperimentSource source, LocalGridOptions options, WeightAudits? known = null)
{
    /// <summary>Checkpoints on the hub that are looked at together: their answers come slowly, and others ask too.</summary>
    private const int LooksAtATime = 8;

    /// <summary>Models below this many parameters are too small for one of their matrix products to keep several threads busy.</summary>
    private const long SmallModel = 20_000_000;

    private readonly WeightAudits audits = known ?? new(new(store, analyzer, source, options));

    private readonly SortedSet<string> notes = new(StringComparer.Ordinal);

    /// <summary>The graph of each model's first usable checkpoint: circuits of different graphs can't be compared.</summary>
    private readonly Dictionary<string, (int Step, GraphShape Graph)> graphs = new(StringComparer.Ordinal);

    /// <summary>The first unknown key that made a checkpoint unusable.</summary>
    private UnknownKeyException? refusal;

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

        await LookAheadAsync(chosen, cancellation);
        var drafts = new List<CheckpointDraft>();
        foreach (var (model, step) in chosen)
        {
            cancellation.ThrowIfCancellationRequested();
            drafts.Add(await DraftAsync(suite, model, kind: null, step, spec, cancellation));
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

        var findings = await AuditAsync(planned, cancellation);
        notes.UnionWith(findings.Where(f => !f.IsLeftOut).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Model}@{f.Step} {f.Explained}")));
        return new(spec, suite, [.. planned.Select(c => Judge(c, spec, findings))], [.. notes], threads, workers) { Refusal = refusal, Findings = findings };
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
        var draft = await DraftAsync(suite, model, weights, step, spec, cancellation);
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
        var findings = await AuditAsync([.. known, .. news], cancellation);
        return
        [
            .. news.Select(c => Judge(c, spec, findings)),
            .. known.Select(c => (Before: c, Now: Judge(c, spec, findings)))
                .Where(c => !string.Equals(c.Before.Cells[0].LeftOut, c.Now.Cells[0].LeftOut, StringComparison.Ordinal))
                .Select(c => c.Now),
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
        var findings = await AuditAsync(planned, cancellation);
        return
        [
            .. planned.Select(c => (Before: c, Now: Judge(c, spec, findings)))
                .Where(c => !string.Equals(c.Before.Cells[0].LeftOut, c.Now.Cells[0].LeftOut, StringComparison.Ordinal))
                .Select(c => c.Now),
        ];
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

    /// <summary>Looks at all checkpoints on the hub, some at a time; what is wrong with one is seen when its turn comes.</summary>
    private async Task LookAheadAsync(IReadOnlyList<(SuiteModel Model, int Step)> chosen, CancellationToken cancellation)
    {
        var done = 0;
        var remote = chosen.Where(c => c.Model.At(c.Step).Hub is not null).ToArray();
        await Parallel.ForEachAsync(remote, new ParallelOptions { MaxDegreeOfParallelism = LooksAtATime, CancellationToken = cancellation }, async (checkpoint, cancel) =>
        {
            try
            {
                await source.Hub.LookAsync(checkpoint.Model, checkpoint.Model.At(checkpoint.Step), cancel);
            }
            catch (InvalidInputException e) when (e is not HubUnreachableException)
            {
                // the draft says it
            }

            options.Looked?.Report(new(Interlocked.Increment(ref done), remote.Length));
        });
    }

    private async Task<CheckpointDraft> DraftAsync(SuiteFolder suite, SuiteModel model, WeightKind? kind, int step, ExperimentSpec spec, CancellationToken cancellation)
    {
        var checkpoint = model.At(step);
        var time = checkpoint.Time;
        var foreign = new ForeignKeys(model.Ignored);
        var files = new CheckpointFiles(checkpoint.Folder, kind);
        HubCheckpoint? hub = null;
        var missing = 0L;
        CheckpointInfo? info = null;
        string? fault = null;
        try
        {
            if (checkpoint.Hub is not null)
            {
                hub = await source.Hub.LookAsync(model, checkpoint, cancellation);
                files = hub.Files(kind ?? hub.Kind);
                missing = hub.FilesOf(files.Kind!.Value).Where(f => !source.Hub.IsHere(hub.Snapshot, f)).Sum(f => f.Size);
            }

            info = InspectAs(model, files, step, foreign);
            if (missing > 0)
            {
                var types = hub!.CheckHeaders(CheckpointFolder.ReadConfig(files.Folder, new(foreign.Ignored), files.Kind), files.Kind!.Value);
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"{model.Name}: {info.Parameters:N0} parameters{(types.IsEmpty ? "; files of torch are looked at when they are here" : $" in {string.Join(" and ", types)}")}"));
            }
        }
        catch (InvalidInputException e) when (e is not HubUnreachableException)
        {
            fault = ReasonOf(e, checkpoint.Hub);
        }

        var isUnwritten = false;

        // only what the checkpoint's files are at fault for makes cells that can't be run; a store that fails ends the planning
        var weights = fault is null ? await audits.Digests.FindAsync(files, cancellation) : null;
        if (fault is null && weights is null && missing > 0)
        {
            weights = KnownWeights.OfFiles(files.Content!);
        }

        if (fault is null && weights is null)
        {
            try
            {
                foreach (var file in hub?.FilesOf(files.Kind!.Value) ?? [])
                {
                    // it is here, and may be another program's
                    await source.Hub.FetchAsync(hub!.Snapshot, file, received: null, cancellation);
                }

                weights = await audits.Digests.ComputeAsync(files, model.Ignored, cancellation);
            }
            catch (InvalidInputException e)
            {
                fault = ReasonOf(e, checkpoint.Hub);
                isUnwritten = e is UnwrittenWeightsException;
            }
        }

        var cells = new List<PlannedCell>();
        foreach (var task in spec.Tasks)
        {
            var cell = new PlannedCell
            {
                Id = new(suite.Name, model.Name, step, task.Name),
                Tokens = time.Tokens ?? time.Steps,
                TokensKnown = time.Known,
                Action = CellAction.Skip,
                Reason = PlanReason.Unusable,
                Why = fault ?? "",
            };
            cells.Add(fault is null ? DraftTask(cell, () => source.BuildTask(task, suite, model, step, info!.Limits, foreign), info!, weights!.Digest, spec) : cell);
        }

        if (spec.Heads)
        {
            var cell = new PlannedCell
            {
                Id = new(suite.Name, model.Name, step, CellId.HeadsTask),
                Tokens = time.Tokens ?? time.Steps,
                TokensKnown = time.Known,
                Action = CellAction.Skip,
                Reason = PlanReason.Unusable,
                Why = fault ?? "",
            };
            var ioi = cells.Find(c => c is { Id.Task: TaskLibrary.Ioi, Fingerprint: not null });
            cells.Add(fault is null ? DraftHeads(cell, () => source.BuildHeads(suite, model, step, foreign), weights!.Digest, ioi is null ? null : new(ioi.Id, ioi.Fingerprint!.Key)) : cell);
        }

        return new(model, step, files, time, info, weights, cells, Describe(foreign, model), isUnwritten) { Hub = hub, Missing = missing };
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
                var other = await DraftAsync(suite, draft.Model, WeightKind.Torch, draft.Step, spec, cancellation);
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

    /// <summary>What is found about checkpoints of a plan.</summary>
    private async Task<ImmutableArray<AuditFinding>> AuditAsync(IEnumerable<PlannedCheckpoint> planned, CancellationToken cancellation)
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

    private static PlannedCheckpoint Judge(PlannedCheckpoint checkpoint, ExperimentSpec spec, ImmutableArray<AuditFinding> findings)
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

    /// <summary>Notes what was found in other tools' files, once for a model.</summary>
    /// <returns>The keys that were ignored.</returns>
    private ImmutableArray<string> Describe(ForeignKeys foreign, SuiteModel model)
    {
        notes.UnionWith(foreign.Notes.Select(n => $"{model.Name}: {Path.GetFileName(n.File)}: {n.Text}"));
        ImmutableArray<string> passedOver = [.. foreign.PassedOver.Select(n => $"{Path.GetFileName(n.File)}: {n.Text}")];
        notes.UnionWith(passedOver.Select(key => $"{model.Name}: {key} is ignored, as asked"));
        return passedOver;
    }

    /// <summary>Why a checkpoint can't be used. Revisions of a repository that can't for the same reason have the same, wherever the cache has their files.</summary>
    private string ReasonOf(InvalidInputException fault, HubSnapshot? snapshot = null)
    {
        refusal ??= fault as UnknownKeyException;
        return snapshot is null ? fault.Message
            : fault.Input == snapshot.Address ? fault.Reason
            : fault.Message.Replace(snapshot.Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
    }

    private CheckpointInfo InspectAs(SuiteModel model, CheckpointFiles files, int step, ForeignKeys foreign)
    {
        var info = analyzer.Inspect(files, foreign);
        graphs.TryAdd(model.Name, (step, info.Graph));
        var (first, graph) = graphs[model.Name];
        return info.Graph == graph
            ? info
            : throw new InvalidInputException(files.Folder, $"has {info.Graph.Layers} layers of {info.Graph.Heads} heads, width {info.Graph.Width}; step {first} of the same model has {graph.Layers} of {graph.Heads}, width {graph.Width}");
    }

    private PlannedCell DraftTask(PlannedCell cell, Func<TaskDataset> build, CheckpointInfo info, string digest, ExperimentSpec spec)
    {
        try
        {
            var dataset = build();
            notes.UnionWith(dataset.Notes.Select(n => $"{cell.Id.Task}: {n}"));
            var analysis = spec.Analysis.Resolve(checked((int)GraphSize.Edges(info.Graph)), dataset);
            dataset = analysis.Sampling == SamplingRule.Templates ? dataset.ByTemplate() : dataset;
            return analysis is { Split: SplitRule.Half, Blocks: < 2 }
                ? cell with { Why = "one example can't be split; give the task more, or write 'split: none'" }
                : cell with
                {
                    Dataset = dataset,
                    Analysis = analysis,
                    Fingerprint = new(digest, ExamplesDigest.Of(dataset, analysis.Sampling), analysis.Canonical, analyzer.Numerics, analyzer.AlgorithmVersion),
                };
        }
        catch (InvalidInputException e)
        {
            return cell with { Why = ReasonOf(e) };
        }
    }

    private PlannedCell DraftHeads(PlannedCell cell, Func<HeadScoreInputs> build, string digest, CircuitCell? circuit)
    {
        try
        {
            var inputs = build();
            notes.UnionWith(inputs.Notes.Select(n => $"{cell.Id.Task}: {n}"));
            return cell with
            {
                Heads = inputs,
                Circuit = circuit,
                Fingerprint = new(digest, HeadInputsDigest.Of(inputs), HeadInputsDigest.Analysis(inputs.Options, circuit?.Key), analyzer.Numerics, HeadInputsDigest.CurrentAlgorithm),
            };
        }
        catch (InvalidInputException e)
        {
            return cell with { Why = ReasonOf(e) };
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
