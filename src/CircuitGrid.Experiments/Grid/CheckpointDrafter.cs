using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid;

/// <summary>Looks at checkpoints, one after the other, and works out what determines the results of their cells. The store isn't asked about those.</summary>
/// <param name="analyzer">Looks at checkpoints.</param>
/// <param name="source">Builds examples.</param>
/// <param name="digests">What is known of weights.</param>
/// <param name="notes">Takes what people should know.</param>
internal sealed class CheckpointDrafter(ICellAnalyzer analyzer, IExperimentSource source, CheckpointDigests digests, ISet<string> notes)
{
    /// <summary>The graph of each model's first usable checkpoint: circuits of different graphs can't be compared.</summary>
    private readonly Dictionary<string, (int Step, GraphShape Graph)> graphs = new(StringComparer.Ordinal);

    /// <summary>The first unknown key that made a checkpoint unusable; <see langword="null"/> for none.</summary>
    public UnknownKeyException? Refusal { get; private set; }

    /// <summary>A checkpoint's cells. What its files are at fault for makes cells that can't be run; what the store or the hub is at fault for is thrown.</summary>
    /// <param name="spec">The experiment.</param>
    /// <param name="suite">Its suite.</param>
    /// <param name="model">A model of it.</param>
    /// <param name="step">A checkpoint of it.</param>
    /// <param name="kind">Which of its weights are meant; <see langword="null"/> for the first.</param>
    /// <param name="cancellation">Cancels the look at it.</param>
    /// <exception cref="HubUnreachableException">The hub can't be reached.</exception>
    /// <exception cref="InvalidInputException">The store can't be read.</exception>
    public async Task<CheckpointDraft> MakeAsync(ExperimentSpec spec, SuiteFolder suite, SuiteModel model, int step, WeightKind? kind, CancellationToken cancellation)
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
        var weights = fault is null ? await digests.FindAsync(files, cancellation) : null;
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

                weights = await digests.ComputeAsync(files, model.Ignored, cancellation);
            }
            catch (InvalidInputException e) when (e is not HubUnreachableException)
            {
                fault = ReasonOf(e, checkpoint.Hub);
                isUnwritten = e is UnwrittenWeightsException;
            }
        }

        PlannedCell Unplanned(string task) => new()
        {
            Id = new(suite.Name, model.Name, step, task),
            Tokens = time.Tokens ?? time.Steps,
            TokensKnown = time.Known,
            Action = CellAction.Skip,
            Reason = PlanReason.Unusable,
            Why = fault ?? "",
        };

        var cells = new List<PlannedCell>();
        foreach (var task in spec.Tasks)
        {
            var cell = Unplanned(task.Name);
            cells.Add(fault is null ? DraftTask(cell, () => source.BuildTask(task, suite, model, step, info!.Limits, foreign), info!, weights!.Digest, spec) : cell);
        }

        if (spec.Heads)
        {
            var cell = Unplanned(CellId.HeadsTask);
            var ioi = cells.Find(c => c is { Id.Task: TaskLibrary.Ioi, Fingerprint: not null });
            cells.Add(fault is null ? DraftHeads(cell, () => source.BuildHeads(suite, model, step, foreign), weights!.Digest, ioi is null ? null : new(ioi.Id, ioi.Fingerprint!.Key)) : cell);
        }

        return new(model, step, files, time, info, weights, cells, Describe(foreign, model), isUnwritten) { Hub = hub, Missing = missing };
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
        Refusal ??= fault as UnknownKeyException;
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
}
