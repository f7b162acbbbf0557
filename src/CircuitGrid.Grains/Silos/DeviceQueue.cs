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
/// the cells wanted of it. Jobs live here and not in grains, so that a grain that moves takes nothing with it.
/// </summary>
internal sealed partial class DeviceQueue : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly ConcurrentDictionary<string, RunningJob> jobs = new(StringComparer.Ordinal);

    private readonly CancellationTokenSource stopping = new();
    private readonly ClusterOptions options;
    private readonly ICellStore store;
    private readonly IExperimentSource source;
    private readonly IGrainFactory grains;
    private readonly ILocalSiloDetails silo;
    private readonly GridMeter meter;
    private readonly ILogger<DeviceQueue> logger;
    private readonly TimeProvider time;
    private readonly DeviceSlots[] devices;
    private volatile bool draining;

    public DeviceQueue(
        IOptions<ClusterOptions> options,
        ICellStore store,
        IExperimentSource source,
        IGrainFactory grains,
        ILocalSiloDetails silo,
        GridMeter meter,
        TimeProvider time,
        ILogger<DeviceQueue> logger)
    {
        this.options = options.Value;
        this.store = store;
        this.source = source;
        this.grains = grains;
        this.silo = silo;
        this.meter = meter;
        this.time = time;
        this.logger = logger;
        devices = [.. this.options.Devices.Select(d => new DeviceSlots(d, this.options.LeaseTime, time))];
        meter.Observe(() => devices.Select(d => (d.Device.Name, d.Slots.Busy, d.Weights.Reserved)), () => jobs.Values.Count(j => !j.HasEnded));
    }

    /// <summary>Whether the silo is going: it takes no work any more.</summary>
    public bool IsDraining => draining;

    public SiloOffer Offer()
    {
        foreach (var device in devices)
        {
            device.Weights.DropIdle(options.KeepWeights);
        }

        var offers = Array.ConvertAll(devices, d => d.Slots.Offer());
        return new(
            offers.Sum(o => o.Slots),
            draining ? 0 : offers.Sum(o => o.FreeSlots),
            offers.Where(o => o.FreeSlots > 0).Select(o => o.FreeMemory).DefaultIfEmpty().Max());
    }

    /// <summary>Leases a slot of the device that has the checkpoint's weights already, or else of the one with most memory free.</summary>
    public LeaseAnswer Lease(string checkpoint, long bytes)
    {
        SlotLease? lease = null;
        if (!draining)
        {
            lease = devices
                .OrderByDescending(d => d.Weights.Keeps(checkpoint))
                .ThenByDescending(d => d.Weights.Free)
                .Select(d => d.Slots.TryLease(silo.SiloAddress, bytes))
                .FirstOrDefault(l => l is not null);
        }

        return new(lease, Offer());
    }

    public void Release(Guid lease)
    {
        foreach (var device in devices)
        {
            device.Slots.Release(lease);
        }
    }

    /// <summary>Starts a job with the slot leased for it; a job that is there already isn't started again.</summary>
    /// <returns>Whether the silo has the job: not where its lease has lapsed, or the silo is going.</returns>
    public bool TryStart(CheckpointJob job)
    {
        if (jobs.ContainsKey(job.Id))
        {
            return true;
        }

        if (draining || Use(job.Lease) is not var (device, bytes))
        {
            return false;
        }

        var running = new RunningJob(job);
        if (!jobs.TryAdd(job.Id, running))
        {
            throw new InvalidOperationException($"Job {job.Id} was started twice.");
        }

        running.Completion = Task.Run(() => RunAsync(running, device, bytes));
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

        if (Lease(name, bytes).Lease is not { } lease || Use(lease) is not var (device, reserved))
        {
            return null;
        }

        try
        {
            var digest = checkpoint.Cells.First(c => c.Fingerprint is not null).Fingerprint!.ModelDigest;
            var kept = device.Weights.TryTake(checkpoint.Folder, digest);
            if (kept is not null)
            {
                return new LentCheckpoint(kept.Loaded, () => GiveBack(() => device.Weights.Keep(kept)));
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
                device.Weights.Release(reserved);
                device.Slots.End(lease.Id);
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

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DeviceQueue), ServiceLifecycleStage.Active + 1, _ => Task.CompletedTask, DrainAsync);

    public void Dispose()
    {
        stopping.Dispose();
        foreach (var device in devices)
        {
            device.Dispose();
        }
    }

    /// <summary>
    /// Takes no new cells, lets those under way come to their end, and hands the others back, while the rest of the silo still works. If
    /// the host has no more patience, cells under way are given up.
    /// </summary>
    private async Task DrainAsync(CancellationToken impatience)
    {
        draining = true;
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

    /// <summary>Makes use of a lease.</summary>
    /// <returns>The device it is of, and the bytes reserved there; <see langword="null"/> where it has lapsed or is in use.</returns>
    private (DeviceSlots Device, long Bytes)? Use(SlotLease lease)
    {
        foreach (var device in devices)
        {
            if (device.Slots.TryUse(lease.Id) is { } bytes)
            {
                return (device, bytes);
            }
        }

        return null;
    }

    private async Task RunAsync(RunningJob job, DeviceSlots device, long bytes)
    {
        var turn = device.TurnOf($"{job.Job.Model}@{job.Job.Step}");
        await turn.WaitAsync();
        try
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, job.Cancelled);
            var runner = new JobRunner(job, device, options, store, source, meter, time, logger)
            {
                IsDraining = () => draining,
                Report = () => _ = PushAsync(job),
            };
            await runner.RunAsync(bytes, cancellation.Token);
        }
        catch (Exception e)
        {
            LogJobFailed(job.Job.Id, e);
            job.ReturnRest(CellComputation.ReasonOf(e));
        }
        finally
        {
            turn.Release();
            device.Slots.End(job.Job.Lease.Id);
            job.End();
        }

        await PushAsync(job);
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
