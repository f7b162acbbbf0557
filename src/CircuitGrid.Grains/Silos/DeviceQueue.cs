using System.Collections.Concurrent;
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
    /// <summary>One half of the memory is for weights; the slots share the other.</summary>
    private const int Halves = 2;

    private readonly ConcurrentDictionary<string, RunningJob> jobs = new(StringComparer.Ordinal);

    /// <summary>Two jobs of one checkpoint take turns, so that its weights are loaded once.</summary>
    private readonly ConcurrentDictionary<string, SemaphoreSlim> turns = new(StringComparer.Ordinal);

    private readonly CancellationTokenSource stopping = new();
    private readonly ClusterOptions options;
    private readonly ICellStore store;
    private readonly ICellAnalyzer analyzer;
    private readonly IExperimentSource source;
    private readonly IGrainFactory grains;
    private readonly ILocalSiloDetails silo;
    private readonly GridMeter meter;
    private readonly ILogger<DeviceQueue> logger;
    private readonly TimeProvider time;
    private readonly WeightCache weights;
    private readonly SlotTable slots;
    private volatile bool draining;

    public DeviceQueue(
        IOptions<ClusterOptions> options,
        ICellStore store,
        ICellAnalyzer analyzer,
        IExperimentSource source,
        IGrainFactory grains,
        ILocalSiloDetails silo,
        GridMeter meter,
        TimeProvider time,
        ILogger<DeviceQueue> logger)
    {
        this.options = options.Value;
        this.store = store;
        this.analyzer = analyzer;
        this.source = source;
        this.grains = grains;
        this.silo = silo;
        this.meter = meter;
        this.time = time;
        this.logger = logger;
        weights = new(this.options.Memory / Halves, time);
        slots = new(this.options.Slots, weights, this.options.LeaseTime, time);
        meter.Observe(() => slots.Busy, () => jobs.Values.Count(j => !j.HasEnded), () => weights.Reserved);
    }

    /// <summary>Whether the silo is going: it takes no work any more.</summary>
    public bool IsDraining => draining;

    public SiloOffer Offer()
    {
        weights.DropIdle(options.KeepWeights);
        var offer = slots.Offer();
        return draining ? offer with { FreeSlots = 0 } : offer;
    }

    public SlotLease? TryLease(long bytes) => draining ? null : slots.TryLease(silo.SiloAddress, bytes);

    public void Release(Guid lease) => slots.Release(lease);

    /// <summary>Starts a job with the slot leased for it; a job that is there already isn't started again.</summary>
    /// <returns>Whether the silo has the job: not where its lease has lapsed, or the silo is going.</returns>
    public bool TryStart(CheckpointJob job)
    {
        if (jobs.ContainsKey(job.Id))
        {
            return true;
        }

        if (draining || slots.TryUse(job.Lease.Id) is not { } bytes)
        {
            return false;
        }

        var running = new RunningJob(job);
        if (!jobs.TryAdd(job.Id, running))
        {
            throw new InvalidOperationException($"Job {job.Id} was started twice.");
        }

        running.Completion = Task.Run(() => RunAsync(running, bytes));
        return true;
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
        weights.Dispose();
        foreach (var turn in turns.Values)
        {
            turn.Dispose();
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

        weights.DropIdle(TimeSpan.Zero);
        LogDrained();
    }

    private async Task RunAsync(RunningJob job, long bytes)
    {
        var turn = turns.GetOrAdd($"{job.Job.Model}@{job.Job.Step}", _ => new(1));
        await turn.WaitAsync();
        try
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, job.Cancelled);
            var runner = new JobRunner(job, options, store, analyzer, source, weights, meter, time, logger)
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
            slots.End(job.Job.Lease.Id);
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
