using System.Diagnostics;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Hosting;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Grains.Silos;

/// <summary>Runs a job: loads the checkpoint's weights once, then computes and stores cell by cell.</summary>
internal sealed partial class JobRunner(
    RunningJob job,
    DeviceSlots slots,
    ClusterOptions options,
    ICellStore store,
    IExperimentSource source,
    GridMeter meter,
    TimeProvider time,
    ILogger logger)
{
    private readonly SiloDevice device = slots.Device;
    private readonly ICellAnalyzer analyzer = slots.Device.Analyzer;
    private readonly WeightCache weights = slots.Weights;
    private readonly LocalGridOptions settings = new() { Program = options.Program, Time = time };

    /// <summary>The checkpoint's files when the job began.</summary>
    private FolderState? files;

    /// <summary>Whether no further cell is to be begun.</summary>
    public required Func<bool> IsDraining { get; init; }

    /// <summary>Tells of news; nobody waits for it to be heard.</summary>
    public required Action Report { get; init; }

    /// <param name="bytes">Bytes reserved for the weights; they are this method's to give back.</param>
    /// <param name="cancellation">Gives up the cell under way.</param>
    public async Task RunAsync(long bytes, CancellationToken cancellation)
    {
        HeldWeights? held = null;
        try
        {
            var (checkpoint, cells) = await PlanAsync(cancellation);
            var keys = cells.Select(c => c.Cell.Fingerprint!.Key).ToArray();
            var stored = await store.FindAsync(keys, cancellation);
            foreach (var (cell, order) in cells)
            {
                if (IsDraining() || cancellation.IsCancellationRequested)
                {
                    break;
                }

                if (stored.Contains(cell.Fingerprint!.Key))
                {
                    await FoundAsync(cell, cancellation);
                    continue;
                }

                if (held is null)
                {
                    (held, bytes) = await LoadAsync(checkpoint, cell, cells.Select(c => c.Cell), bytes, cancellation);
                    if (held is null)
                    {
                        return;
                    }
                }

                await ComputeAsync(checkpoint, cell, order, held, cancellation);
            }

            job.ReturnRest(cancellation.IsCancellationRequested ? "cancelled" : "the silo is going");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            job.ReturnRest("cancelled");
        }
        finally
        {
            if (held is not null)
            {
                weights.Keep(held);
            }

            weights.Release(bytes);
        }
    }

    /// <summary>The job's cells as this silo sees them; those that differ from what was planned go back.</summary>
    private async Task<(PlannedCheckpoint Checkpoint, List<(PlannedCell Cell, CellOrder Order)> Cells)> PlanAsync(CancellationToken cancellation)
    {
        var spec = options.ReadExperiment(job.Job.Yaml);
        var suite = spec.OpenSuite();
        var model = suite.Models.FirstOrDefault(m => string.Equals(m.Name, job.Job.Model, StringComparison.Ordinal))
            ?? throw new InvalidInputException(spec.Suite, $"has no model '{job.Job.Model}' any more");
        files = source.StateOf(model.StepFolder(job.Job.Step));
        var checkpoint = await new PlanBuilder(store, analyzer, source, settings).BuildAsync(spec, suite, model, job.Job.Step, job.Job.Weights, cancellation);
        var cells = new List<(PlannedCell, CellOrder)>();
        foreach (var order in job.Job.Cells)
        {
            var cell = checkpoint.Cells.FirstOrDefault(c => string.Equals(c.Id.Task, order.Task, StringComparison.Ordinal));
            if (cell?.Fingerprint is { } fingerprint && string.Equals(fingerprint.Key.Value, order.Key, StringComparison.Ordinal))
            {
                cells.Add((cell, order));
            }
            else
            {
                job.Add(new() { Task = order.Task, Kind = CellReportKind.Returned, NeedsPlan = true, Message = cell?.Fingerprint is null ? cell?.Why : "the checkpoint changed after it was planned" });
            }
        }

        // orders that came back once may be in any order; head scores follow the cell whose circuit they take
        return (checkpoint, [.. cells.OrderBy(c => checkpoint.Cells.IndexOf(c.Item1))]);
    }

    private async Task FoundAsync(PlannedCell cell, CancellationToken cancellation)
    {
        var key = cell.Fingerprint!.Key;
        var outcome = cell.Heads is null ? new CellOutcome(await store.ReadAsync(key, cancellation)) : new CellOutcome(await store.ReadHeadsAsync(key, cancellation));
        await store.NameAsync(cell.Id, cell.Fingerprint!, cancellation);
        job.Add(ReportOf(cell, CellReportKind.Found, outcome, seconds: 0));
        Report();
    }

    /// <returns>The weights, and the bytes that are still reserved beside them.</returns>
    private async Task<(HeldWeights? Held, long Bytes)> LoadAsync(
        PlannedCheckpoint checkpoint, PlannedCell first, IEnumerable<PlannedCell> cells, long bytes, CancellationToken cancellation)
    {
        // head scores are the weights' too, but under a digest of their own numbers
        var digest = first.Fingerprint!.ModelDigest;
        if (weights.TryTake(checkpoint.Folder, digest) is { } kept)
        {
            return (kept, bytes);
        }

        var watch = Stopwatch.StartNew();
        try
        {
            LogLoading(first.Id.Checkpoint, device.Name);
            ILoadedCheckpoint loaded;
            try
            {
                loaded = await Load();
            }
            catch (DeviceMemoryException e)
            {
                // the device has less than was planned with, or others took of it
                LogNoMemory(first.Id.Checkpoint, device.Name, e.Message);
                weights.DropIdle(TimeSpan.Zero);
                loaded = await Load();
            }

            meter.Loaded(device.Name, watch.Elapsed, checkpoint.Info!.WeightBytes);
            return (new(first.Id.Checkpoint, checkpoint.Folder, digest, bytes, watch.Elapsed, loaded), 0);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            foreach (var cell in cells)
            {
                await FailAsync(checkpoint, cell, e);
            }

            return (null, bytes);
        }

        Task<ILoadedCheckpoint> Load() => Task.Run(() => analyzer.Load(checkpoint.Files, checkpoint.Model.Ignored, device.Threads, device.WorkingMemory, cancellation), cancellation);
    }

    private async Task ComputeAsync(PlannedCheckpoint checkpoint, PlannedCell cell, CellOrder order, HeldWeights held, CancellationToken cancellation)
    {
        job.Add(new() { Task = order.Task, Kind = CellReportKind.Started });
        LogComputing(cell.Id.ToString(), job.Job.Id, device.Name);
        var computation = new CellComputation(analyzer, store, settings) { Threads = device.Threads, LoadTime = held.LoadTime };
        CellOutcome outcome;
        Provenance provenance;
        try
        {
            using var activity = GridMeter.Source.StartActivity("cell");
            activity?.SetTag("cell", cell.Id.ToString());
            activity?.SetTag("device", device.Name);
            (outcome, provenance) = await computation.RunAsync(held.Loaded, checkpoint.Info!, cell, order.ExpectedBudget, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            await FailAsync(checkpoint, cell, e);
            return;
        }

        await computation.SaveAsync(cell, outcome, provenance);
        LogComputed(cell.Id.ToString(), provenance.Seconds);
        meter.Computed(device.Name, provenance.Seconds);
        job.Add(ReportOf(cell, CellReportKind.Finished, outcome, provenance.Seconds));
        Report();
    }

    private async Task FailAsync(PlannedCheckpoint checkpoint, PlannedCell cell, Exception error)
    {
        var reason = CellComputation.ReasonOf(error);
        if (files is not null && source.StateOf(checkpoint.Folder) is null)
        {
            // they went away meanwhile, which says nothing about them
            job.Add(new() { Task = cell.Id.Task, Kind = CellReportKind.Returned, NeedsPlan = true, Message = reason });
            Report();
            return;
        }

        LogFailed(cell.Id.ToString(), reason);
        await store.SaveFailureAsync(cell.Id, cell.Fingerprint!, reason, CancellationToken.None);
        meter.Failed(device.Name);
        job.Add(new() { Task = cell.Id.Task, Kind = CellReportKind.Failed, Message = reason });
        Report();
    }

    private static CellReport ReportOf(PlannedCell cell, CellReportKind kind, CellOutcome outcome, double seconds)
    {
        var result = outcome.Result;
        var chosen = result?.Chosen;
        return new()
        {
            Task = cell.Id.Task,
            Kind = kind,
            Status = result?.Status,
            Edges = result?.Edges.Count ?? 0,
            Nodes = result?.Nodes.Count ?? 0,
            Faithfulness = result is null || chosen is null ? null : result.JudgedFaithfulness(chosen).Value,
            Budget = result is { Status: CellStatus.Reached } ? result.Budget : null,
            Seconds = seconds,
        };
    }
}
