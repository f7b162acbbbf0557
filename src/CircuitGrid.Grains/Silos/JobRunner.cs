using System.Diagnostics;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Hosting;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Grains.Silos;

/// <summary>
/// Runs a job: loads the checkpoint's weights once, then computes and stores cell by cell. Weights on the hub are fetched and read first, so that no slot is held
/// by a download.
/// </summary>
internal sealed partial class JobRunner(
    RunningJob job,
    ClusterOptions options,
    ICellStore store,
    IExperimentSource source,
    FetchedWeights fetched,
    GridMeter meter,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>How often files are fetched that others remove before they are read.</summary>
    private const int MostFetches = 3;

    private readonly LocalGridOptions settings = new() { Program = options.Program, Time = time };
    private readonly JobPlanner planner = new(
        job, options.Devices[0].Analyzer, options, store, source, new() { Program = options.Program, Time = time });

    /// <summary>The checkpoint's files when the job began.</summary>
    private FolderState? files;

    /// <summary>Its weights' files on this machine, where they come from the hub.</summary>
    private FetchedWeights.Use? use;

    /// <summary>The slot that the job computes in; that of a pinned one is taken when its weights are here.</summary>
    public TakenSlot? Slot { get; set; }

    /// <summary>Waits for a slot with room for so many bytes.</summary>
    public required Func<long, CancellationToken, Task<TakenSlot>> TakeSlot { get; init; }

    /// <summary>Fires when no further cell is to be begun.</summary>
    public required CancellationToken Draining { get; init; }

    /// <summary>Tells of news; nobody waits for it to be heard.</summary>
    public required Action Report { get; init; }

    /// <param name="cancellation">Gives up the cell under way.</param>
    public async Task RunAsync(CancellationToken cancellation)
    {
        HeldWeights? held = null;
        try
        {
            if (await PrepareAsync(cancellation) is not var (checkpoint, cells))
            {
                return;
            }

            var stored = await store.FindAsync([.. cells.Select(c => c.Cell.Fingerprint!.Key)], cancellation);
            foreach (var (cell, order) in cells)
            {
                if (Draining.IsCancellationRequested || cancellation.IsCancellationRequested)
                {
                    break;
                }

                if (stored.Contains(cell.Fingerprint!.Key))
                {
                    await FoundAsync(cell, cancellation);
                    continue;
                }

                held ??= await LoadAsync(checkpoint, cell, cells.Select(c => c.Cell), Slot!, cancellation);
                if (held is null)
                {
                    return;
                }

                await ComputeAsync(checkpoint, cell, order, held, Slot!.Device.Device, cancellation);
            }

            job.ReturnRest(cancellation.IsCancellationRequested ? "cancelled" : "the silo is going");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested || Draining.IsCancellationRequested)
        {
            job.ReturnRest(cancellation.IsCancellationRequested ? "cancelled" : "the silo is going");
        }
        catch (InvalidInputException e) when (JobPlanner.IsHindrance(e))
        {
            LogHindered(job.Job.Id, e.Message);
            job.ReturnRest(e.Message, isHindered: true);
        }
        finally
        {
            if (held is not null)
            {
                Slot!.Device.Weights.Keep(held);
            }

            use?.Dispose();
        }
    }

    /// <summary>Plans the job; of a pinned one fetches the weights unless all results are there, and takes a slot.</summary>
    /// <returns><see langword="null"/> where nothing is left to do.</returns>
    private async Task<JobPlan?> PrepareAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, Draining);
        var plan = await planner.PlanAsync(job.Job.Pin is null ? cancellation : either.Token);
        files = plan?.Files;
        if (job.ReturnedBecause is { } reason)
        {
            LogReturned(job.Job.Id, $"{job.Job.Model}@{job.Job.Step}", reason);
        }

        if (plan is null || job.Job.Pin is null || await IsStoredAsync(plan, either.Token))
        {
            return plan;
        }

        use = await fetched.UseAsync(plan.Checkpoint.Hub!, plan.Checkpoint.Weights!.Value, either.Token);
        for (var i = 0; i == 0 || plan.Checkpoint.Known is not { IsRead: true }; i++)
        {
            if (i == MostFetches)
            {
                job.ReturnRest($"{plan.Checkpoint.Name}: its files are removed whenever they are fetched");
                return null;
            }

            if (!await FetchAsync(plan, either.Token))
            {
                return null;
            }

            // under the keys of its weights, which can be read now
            if (plan.Checkpoint.Known is not { IsRead: true } && (plan = await planner.PlanAsync(either.Token)) is null)
            {
                return null;
            }
        }

        Report();
        if (!await IsStoredAsync(plan, either.Token))
        {
            Slot = await TakeSlot(plan.Bytes, either.Token);
        }

        return plan;
    }

    private async Task<bool> IsStoredAsync(JobPlan plan, CancellationToken cancellation)
    {
        CellKey[] keys = [.. plan.Cells.Select(c => c.Cell.Fingerprint!.Key)];
        return (await store.FindAsync(keys, cancellation)).Count == keys.Distinct().Count();
    }

    /// <returns>Whether the weights are here: otherwise the job's cells have failed.</returns>
    private async Task<bool> FetchAsync(JobPlan plan, CancellationToken cancellation)
    {
        try
        {
            await use!.FetchAsync(source.Hub, progress => job.Fetch = progress, cancellation);
            return true;
        }
        catch (InvalidInputException e) when (!JobPlanner.IsHindrance(e))
        {
            foreach (var (cell, _) in plan.Cells)
            {
                await FailAsync(plan.Checkpoint, cell, e);
            }

            return false;
        }
    }

    private async Task FoundAsync(PlannedCell cell, CancellationToken cancellation)
    {
        var key = cell.Fingerprint!.Key;
        var outcome = cell.Heads is null ? new CellOutcome(await store.ReadAsync(key, cancellation)) : new CellOutcome(await store.ReadHeadsAsync(key, cancellation));
        await store.NameAsync(cell.Id, cell.Fingerprint!, cancellation);
        job.Add(ReportOf(cell, CellReportKind.Found, outcome, seconds: 0));
        Report();
    }

    /// <returns>The weights, which have taken over what the slot had reserved for them; <see langword="null"/> where they can't be loaded.</returns>
    private async Task<HeldWeights?> LoadAsync(
        PlannedCheckpoint checkpoint, PlannedCell first, IEnumerable<PlannedCell> cells, TakenSlot slot, CancellationToken cancellation)
    {
        // head scores are the weights' too, but under a digest of their own numbers
        var (device, weights, digest) = (slot.Device.Device, slot.Device.Weights, first.Fingerprint!.ModelDigest);
        if (weights.TryTake(checkpoint.Folder, digest) is { } kept)
        {
            return kept;
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
            catch (Exception e) when (e is not OperationCanceledException && use is { } gone && !gone.IsHere(source.Hub))
            {
                // another silo of this machine has removed them
                await gone.FetchAsync(source.Hub, progress => job.Fetch = progress, cancellation);
                loaded = await Load();
            }

            meter.Loaded(device.Name, watch.Elapsed, checkpoint.Info!.WeightBytes);
            var held = new HeldWeights(first.Id.Checkpoint, checkpoint.Folder, digest, slot.Bytes, watch.Elapsed, loaded);
            slot.Bytes = 0;
            return held;
        }
        catch (Exception e) when (e is not OperationCanceledException && !JobPlanner.IsHindrance(e))
        {
            foreach (var cell in cells)
            {
                await FailAsync(checkpoint, cell, e);
            }

            return null;
        }

        Task<ILoadedCheckpoint> Load() =>
            Task.Run(() => device.Analyzer.Load(checkpoint.Files, checkpoint.Model.Ignored, device.Threads, device.WorkingMemory, cancellation), cancellation);
    }

    private async Task ComputeAsync(PlannedCheckpoint checkpoint, PlannedCell cell, CellOrder order, HeldWeights held, SiloDevice device, CancellationToken cancellation)
    {
        job.Add(new() { Task = order.Task, Kind = CellReportKind.Started });
        LogComputing(cell.Id.ToString(), job.Job.Id, device.Name);
        var computation = new CellComputation(device.Analyzer, store, settings) { Threads = device.Threads, LoadTime = held.LoadTime };
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
        meter.Failed(Slot?.Device.Device.Name ?? options.Devices[0].Name);
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
