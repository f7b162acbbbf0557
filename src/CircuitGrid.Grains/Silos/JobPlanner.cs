using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Grains.Silos;

/// <summary>
/// A job's cells as this silo sees them, held against what was planned. A pinned checkpoint is looked up by its commit: what the experiment's text calls it may be
/// another one by now.
/// </summary>
internal sealed class JobPlanner(RunningJob job, ICellAnalyzer analyzer, ClusterOptions options, ICellStore store, IExperimentSource source, LocalGridOptions settings)
{
    private readonly WeightAudits audits = new(new(store, analyzer, source, settings));

    /// <summary>The cells that are to be done. Those that differ from what was planned go back, and those that can't be done have failed.</summary>
    /// <returns><see langword="null"/> where nothing can be done: with a pinned checkpoint, or without the checkpoint's files.</returns>
    /// <exception cref="HubUnreachableException">The hub can't be reached.</exception>
    /// <exception cref="InvalidInputException">The experiment or the store can't be used, or the checkpoint is gone.</exception>
    public async Task<JobPlan?> PlanAsync(CancellationToken cancellation)
    {
        var spec = options.ReadExperiment(job.Job.Yaml);
        return job.Job.Pin is { } pin ? await PlanAsync(spec, pin, cancellation) : await PlanFolderAsync(spec, cancellation);
    }

    /// <summary>Whether an error says nothing of the checkpoint: the hub can't be reached, or this machine has no room.</summary>
    public static bool IsHindrance(Exception error) => error is HubUnreachableException || WriteFault.IsDiskFull(error);

    /// <summary>Where this silo's suite lacks the checkpoint, another's may have it: the cells go back.</summary>
    private async Task<JobPlan?> PlanFolderAsync(ExperimentSpec spec, CancellationToken cancellation)
    {
        SuiteFolder suite;
        try
        {
            suite = await source.OpenSuiteAsync(spec, cancellation);
        }
        catch (InvalidInputException e) when (!IsHindrance(e))
        {
            return Without(MissingPart.Suite, $"this silo's suite {e.Reason}");
        }

        if (suite.Find(job.Job.Model) is not { } model)
        {
            return Without(MissingPart.Model, $"this silo's suite has no model {job.Job.Model}");
        }

        if (!model.Steps.Contains(job.Job.Step))
        {
            return Without(MissingPart.Checkpoint, $"this silo's suite has no {job.Job.Model}@{job.Job.Step}");
        }

        var files = source.StateOf(model.StepFolder(job.Job.Step));
        var checkpoint = await BuildAsync(spec, suite, model, cancellation);
        return new(checkpoint, Match(checkpoint, [checkpoint], "the checkpoint changed after it was planned")) { Files = files };
    }

    private JobPlan? Without(MissingPart part, string reason)
    {
        job.ReturnRest(reason, lacks: part);
        return null;
    }

    private async Task<JobPlan?> PlanAsync(ExperimentSpec spec, CheckpointPin pin, CancellationToken cancellation)
    {
        SuiteFolder suite;
        HubCheckpoint hub;
        ImmutableArray<HubFile> files;
        try
        {
            suite = source.Hub.Open(spec, job.Job.Model, job.Job.Step, pin.ToHub());
            hub = await source.Hub.LookAsync(suite.Models[0], suite.Models[0].At(job.Job.Step), cancellation);
            var kind = job.Job.Weights ?? hub.Kind;
            Require(pin, CheckpointPin.Of(source.Hub.Pin(hub, kind), hub.ContentOf(kind)), hub.Snapshot.Address);
            files = hub.FilesOf(kind);
        }
        catch (InvalidInputException e) when (!IsHindrance(e))
        {
            job.FailRest(e.Message);
            return null;
        }

        PlannedCheckpoint checkpoint;
        do
        {
            // once more where somebody has removed the files while they were read
            checkpoint = await BuildAsync(spec, suite, suite.Models[0], cancellation);
        }
        while (checkpoint is { Known: null, Missing: 0 } && !files.All(f => source.Hub.IsHere(hub.Snapshot, f)));

        if (checkpoint.Known is { IsRead: true } known)
        {
            job.Known = new(known.Own, known.Digest);
        }

        // the experiment may have planned before anybody had read the files, or before it was known that others are equal to them
        PlannedCheckpoint[] planned = checkpoint.Known is { } weights
            ? [checkpoint, checkpoint.Under(KnownWeights.OfFiles(pin.Content)), checkpoint.Under(new(weights.Own, weights.Own))]
            : [checkpoint];
        return new(checkpoint, Match(checkpoint, planned, "this silo plans it otherwise than the experiment"));
    }

    /// <summary>A commit never changes. A mirror may lie, or be another repository's.</summary>
    private static void Require(CheckpointPin asked, CheckpointPin found, string address)
    {
        foreach (var file in asked.Files)
        {
            var here = Array.Find(found.Files, f => string.Equals(f.Name, file.Name, StringComparison.Ordinal))?.Digest;
            if (!string.Equals(here, file.Digest, StringComparison.Ordinal))
            {
                throw new InvalidInputException(address, $"was planned with {file.Name} of the digest {file.Digest}; this silo finds {here ?? "no such file"}");
            }
        }

        if (!string.Equals(asked.Content, found.Content, StringComparison.Ordinal))
        {
            throw new InvalidInputException(address, "was planned with other weight files or another configuration than this silo finds");
        }
    }

    private Task<PlannedCheckpoint> BuildAsync(ExperimentSpec spec, SuiteFolder suite, SuiteModel model, CancellationToken cancellation) =>
        new PlanBuilder(store, analyzer, source, settings, audits).BuildAsync(spec, suite, model, job.Job.Step, job.Job.Weights, cancellation);

    private ImmutableArray<(PlannedCell Cell, CellOrder Order)> Match(PlannedCheckpoint checkpoint, PlannedCheckpoint[] planned, string otherwise)
    {
        var cells = new List<(PlannedCell Cell, CellOrder Order)>();
        foreach (var order in job.OpenOrders)
        {
            var cell = checkpoint.Cells.FirstOrDefault(c => IsOf(c, order));
            if (cell?.Fingerprint is null && job.Job.Pin is not null)
            {
                job.Add(new() { Task = order.Task, Kind = CellReportKind.Failed, Message = cell?.Why ?? $"the experiment has no task {order.Task}" });
            }
            else if (cell?.Fingerprint is not null && planned.Any(p => p.Cells.Any(c => IsOf(c, order) && string.Equals(c.Fingerprint?.Key.Value, order.Key, StringComparison.Ordinal))))
            {
                cells.Add((cell, order));
            }
            else
            {
                job.Add(new() { Task = order.Task, Kind = CellReportKind.Returned, NeedsPlan = true, Message = cell?.Fingerprint is null ? cell?.Why : otherwise });
            }
        }

        // orders that came back once may be in any order; head scores follow the cell whose circuit they take
        return [.. cells.OrderBy(c => checkpoint.Cells.IndexOf(c.Cell))];
    }

    private static bool IsOf(PlannedCell cell, CellOrder order) => string.Equals(cell.Id.Task, order.Task, StringComparison.Ordinal);
}

/// <summary>What a silo has to do for a job.</summary>
/// <param name="Checkpoint">The checkpoint.</param>
/// <param name="Cells">Its cells that are asked for, in the order to do them in.</param>
internal sealed record JobPlan(PlannedCheckpoint Checkpoint, ImmutableArray<(PlannedCell Cell, CellOrder Order)> Cells)
{
    /// <summary>The files of the checkpoint's folder when it was planned; <see langword="null"/> where they weren't whole, and of one on the hub.</summary>
    public FolderState? Files { get; init; }

    /// <summary>Bytes its weights take; head scores load them once more.</summary>
    public long Bytes => Checkpoint.Info!.WeightBytes * (Cells.Any(c => c.Cell.Heads is not null) ? 2 : 1);
}
