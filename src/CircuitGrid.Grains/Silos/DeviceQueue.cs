using System.Collections.Concurrent;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Grains.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CircuitGrid.Grains.Silos;

/// <summary>
/// Everything a silo computes, away from the threads that grains run on. A slot is leased first, then used by one job: a checkpoint and
/// the cells wanted of it. Jobs live here and not in grains, so that a grain that moves takes nothing with it. A checkpoint on the hub takes a place ahead of the
/// slots first, in which its weights are fetched while others are computed.
/// </summary>
internal sealed partial class DeviceQueue : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly ConcurrentDictionary<string, RunningJob> jobs = new(StringComparer.Ordinal);

    /// <summary>Two jobs of one checkpoint on the hub take turns, so that its weights are fetched and loaded once.</summary>
    private readonly ConcurrentDictionary<string, SemaphoreSlim> turns = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource draining = new();
    private readonly ClusterOptions options;
    private readonly ICellStore store;
    private readonly IExperimentSource source;
    private readonly IGrainFactory grains;
    private readonly ILocalSiloDetails silo;
    private readonly GridMeter meter;
    private readonly ILogger<DeviceQueue> logger;
    private readonly TimeProvider time;
    private readonly DeviceSlots[] devices;
    private readonly FetchedWeights fetched;
    private readonly SlotLine line;

    /// <summary>Places of jobs that have no slot yet: those being fetched, and one more, which is read or goes on where the others end. They take no memory.</summary>
    private readonly SlotTable ahead;
    private readonly WeightCache noMemory;
    private readonly Lock gate = new();
    private Task? drained;

    public DeviceQueue(
        IOptions<ClusterOptions> options,
        ICellStore store,
        IExperimentSource source,
        IGrainFactory grains,
        ILocalSiloDetails silo,
        FetchedWeights fetched,
        GridMeter meter,
        TimeProvider time,
        ILogger<DeviceQueue> logger)
    {
        this.options = options.Value;
        this.store = store;
        this.source = source;
        this.grains = grains;
        this.silo = silo;
        this.fetched = fetched;
        this.meter = meter;
        this.time = time;
        this.logger = logger;
        devices = [.. this.options.Devices.Select(d => new DeviceSlots(d, this.options.LeaseTime, time))];
        line = new(time);
        noMemory = new(0, time);
        ahead = new(this.options.Fetching.AtATime + 1, noMemory, this.options.LeaseTime, time);
        meter.Observe(() => devices.Select(d => (d.Device.Name, d.Slots.Busy, d.Weights.Reserved)), () => jobs.Values.Count(j => !j.HasEnded));
    }

    /// <summary>Whether the silo is going: it takes no work any more.</summary>
    public bool IsDraining => draining.IsCancellationRequested;

    public SiloOffer Offer()
    {
        foreach (var device in devices)
        {
            device.Weights.DropIdle(options.KeepWeights);
        }

        var offers = Array.ConvertAll(devices, d => d.Slots.Offer());
        return new(
            offers.Sum(o => o.Slots),
            IsDraining || line.IsWaiting ? 0 : offers.Sum(o => o.FreeSlots),
            offers.Where(o => o.FreeSlots > 0).Select(o => o.FreeMemory).DefaultIfEmpty().Max(),
            IsDraining ? 0 : ahead.Offer().FreeSlots);
    }

    /// <summary>Leases a place ahead of the slots.</summary>
    public LeaseAnswer LeaseAhead() => new(IsDraining ? null : ahead.TryLease(silo.SiloAddress, bytes: 0), Offer());

    /// <summary>Leases a slot of the device that has the checkpoint's weights already, or else of the one with most memory free.</summary>
    public LeaseAnswer Lease(string checkpoint, long bytes) => new(IsDraining || line.IsWaiting ? null : TryLease(checkpoint, bytes), Offer());

    public void Release(Guid lease)
    {
        ahead.Release(lease);
        foreach (var device in devices)
        {
            device.Slots.Release(lease);
        }

        line.Freed();
    }

    /// <summary>Starts a job with the slot leased for it; a job that is there already isn't started again.</summary>
    /// <returns>Whether the silo has the job: not where its lease has lapsed, or the silo is going.</returns>
    public bool TryStart(CheckpointJob job)
    {
        if (jobs.ContainsKey(job.Id))
        {
            return true;
        }

        if (IsDraining)
        {
            return false;
        }

        var slot = job.Pin is null ? Use(job.Lease) : null;
        if (job.Pin is null ? slot is null : ahead.TryUse(job.Lease.Id) is null)
        {
            return false;
        }

        var running = new RunningJob(job);
        if (!jobs.TryAdd(job.Id, running))
        {
            throw new InvalidOperationException($"Job {job.Id} was started twice.");
        }

        running.Completion = Task.Run(() => RunAsync(running, slot));
        return true;
    }

    /// <summary>Lends a checkpoint's weights, and the slot they are computed with, until what is returned is disposed.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="numerics">Numerics to compute in.</param>
    /// <param name="cancellation">Cancels the load.</param>
    /// <returns><see langword="null"/> where the silo is going, or no device has a slot and the memory free.</returns>
    /// <exception cref="InvalidInputException">The silo computes in other numerics, no device could ever hold the weights, or they can't be loaded.</exception>
    public async Task<ILoadedCheckpoint?> LendAsync(PlannedCheckpoint checkpoint, string numerics, CancellationToken cancellation)
    {
        var (name, bytes) = (checkpoint.Cells[0].Id.Checkpoint, checkpoint.Info!.WeightBytes);
        if (!string.Equals(devices[0].Device.Analyzer.Numerics, numerics, StringComparison.Ordinal))
        {
            throw new InvalidInputException(name, $"this silo computes with {devices[0].Device.Analyzer.Numerics}, the experiment asks for {numerics}");
        }

        if (devices.All(d => d.Device.WeightMemory < bytes))
        {
            throw new InvalidInputException(name, "no device of this silo has the memory for its weights");
        }

        if (Lease(name, bytes).Lease is not { } lease || Use(lease) is not { } slot)
        {
            return null;
        }

        var device = slot.Device;
        try
        {
            var digest = checkpoint.Cells.First(c => c.Fingerprint is not null).Fingerprint!.ModelDigest;
            var kept = device.Weights.TryTake(checkpoint.Folder, digest);
            if (kept is not null)
            {
                return new LentCheckpoint(kept.Loaded, () => GiveBack(() => device.Weights.Keep(kept)));
            }

            // weights that were removed again aren't fetched once more for the sake of a comparison
            if (checkpoint.Missing > 0)
            {
                throw new InvalidInputException(name, "its weights aren't on this silo's machine; silos with --keep all keep them");
            }

            using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, cancellation);
            var loaded = await Task.Run(
                () => device.Device.Analyzer.Load(checkpoint.Files, checkpoint.Model.Ignored, device.Device.Threads, device.Device.WorkingMemory, either.Token), either.Token);
            return new LentCheckpoint(loaded, () => GiveBack(loaded.Dispose));
        }
        catch
        {
            GiveBack(() => { });
            throw;
        }

        void GiveBack(Action weights)
        {
            try
            {
                weights();
            }
            finally
            {
                End(slot);
            }
        }
    }

    public JobState[] Jobs(string experiment) =>
        [.. jobs.Values.Where(j => string.Equals(j.Job.Experiment, experiment, StringComparison.Ordinal)).Select(j => j.State)];

    public void Forget(string jobId)
    {
        if (jobs.TryGetValue(jobId, out var job) && job.HasEnded && jobs.TryRemove(jobId, out _))
        {
            job.Dispose();
        }
    }

    public void Cancel(string experiment)
    {
        foreach (var job in jobs.Values.Where(j => string.Equals(j.Job.Experiment, experiment, StringComparison.Ordinal)))
        {
            job.Cancel();
        }
    }

    /// <summary>
    /// Takes no new cells, lets those under way come to their end, and hands the others back, while the rest of the silo still works. If
    /// the host has no more patience, cells under way are given up. Whoever asks later waits for the same end.
    /// </summary>
    public Task DrainAsync(CancellationToken impatience)
    {
        lock (gate)
        {
            return drained ??= DrainOnceAsync(impatience);
        }
    }

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DeviceQueue), ServiceLifecycleStage.Active + 1, _ => Task.CompletedTask, DrainAsync);

    public void Dispose()
    {
        stopping.Dispose();
        draining.Dispose();
        line.Dispose();
        noMemory.Dispose();
        foreach (var turn in turns.Values)
        {
            turn.Dispose();
        }

        foreach (var device in devices)
        {
            device.Dispose();
        }
    }

    private async Task DrainOnceAsync(CancellationToken impatience)
    {
        await draining.CancelAsync();
        var open = jobs.Values.Where(j => !j.HasEnded).ToList();
        LogDraining(open.Count);
        var ends = Task.WhenAll(open.Select(j => j.Completion));
        try
        {
            await ends.WaitAsync(impatience);
        }
        catch (OperationCanceledException)
        {
            await stopping.CancelAsync();
            await ends;
        }

        foreach (var device in devices)
        {
            device.Weights.DropIdle(TimeSpan.Zero);
        }

        LogDrained();
    }

    private SlotLease? TryLease(string checkpoint, long bytes) => devices
        .OrderByDescending(d => d.Weights.Keeps(checkpoint))
        .ThenByDescending(d => d.Weights.Free)
        .Select(d => d.Slots.TryLease(silo.SiloAddress, bytes))
        .FirstOrDefault(l => l is not null);

    /// <summary>Makes use of a lease; <see langword="null"/> where it has lapsed or is in use.</summary>
    private TakenSlot? Use(SlotLease lease)
    {
        foreach (var device in devices)
        {
            if (device.Slots.TryUse(lease.Id) is { } bytes)
            {
                return new(device, lease.Id, bytes);
            }
        }

        return null;
    }

    private void End(TakenSlot slot)
    {
        slot.End();
        line.Freed();
    }

    private async Task RunAsync(RunningJob job, TakenSlot? slot)
    {
        var name = $"{job.Job.Model}@{job.Job.Step}";
        var turn = slot?.Device.TurnOf(name) ?? turns.GetOrAdd(name, _ => new(1));
        await turn.WaitAsync();
        var runner = new JobRunner(job, options, store, source, fetched, meter, time, logger)
        {
            Slot = slot,
            TakeSlot = (bytes, cancellation) => TakeAsync(job, name, bytes, cancellation),
            Draining = draining.Token,
            Report = () => _ = PushAsync(job),
        };
        try
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, job.Cancelled);
            await runner.RunAsync(cancellation.Token);
        }
        catch (Exception e)
        {
            LogJobFailed(job.Job.Id, e);
            job.ReturnRest(CellComputation.ReasonOf(e));
        }
        finally
        {
            turn.Release();
            ahead.End(job.Job.Lease.Id);
            if (runner.Slot is { } taken)
            {
                End(taken);
            }

            job.End();
        }

        await PushAsync(job);
    }

    /// <summary>Waits for a slot, and gives the place ahead of it to the next job.</summary>
    private async Task<TakenSlot> TakeAsync(RunningJob job, string checkpoint, long bytes, CancellationToken cancellation)
    {
        var taken = await line.TakeAsync(() => TryLease(checkpoint, bytes) is { } lease ? Use(lease) : null, cancellation);
        ahead.End(job.Job.Lease.Id);
        return taken;
    }

    /// <summary>Tells the experiment at once; where that fails it will ask.</summary>
    private async Task PushAsync(RunningJob job)
    {
        try
        {
            var state = job.State;
            if (await grains.GetGrain<IExperimentGrain>(job.Job.Experiment).ReportAsync(silo.SiloAddress, state) && state.Ended)
            {
                Forget(state.Id);
            }
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or InvalidOperationException)
        {
            LogNotHeard(job.Job.Id, e.Message);
        }
    }
}
