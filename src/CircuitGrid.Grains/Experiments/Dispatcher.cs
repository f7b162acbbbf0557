using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Placement;
using CircuitGrid.Grains.Silos;
using CircuitGrid.Models.Hub;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Placement;

namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// An experiment's dealings with silos: leases slots, sends jobs, asks how they are, takes back what died. A silo that doesn't answer keeps nobody waiting: it is
/// passed over until it does, and its jobs are its own until membership gives it up.
/// </summary>
internal sealed partial class Dispatcher
{
    private static readonly TimeSpan NoteInterval = TimeSpan.FromMinutes(1);

    private readonly IGrainFactory grains;
    private readonly ClusterSilos silos;
    private readonly IHub hub;
    private readonly ClusterOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly SiloCalls calls;
    private long? notedAt;

    public Dispatcher(IGrainFactory grains, ClusterSilos silos, IHub hub, ClusterOptions options, TimeProvider time, ILogger logger)
    {
        this.grains = grains;
        this.silos = silos;
        this.hub = hub;
        this.options = options;
        this.time = time;
        this.logger = logger;
        calls = new(time, options.AnswerTime, (silo, reason) => LogUnreachable(silo.ToParsableString(), reason));
    }

    /// <summary>Takes over the jobs that silos have of an experiment.</summary>
    /// <returns>Whether every silo of the cluster has answered.</returns>
    public async Task<bool> AdoptAsync(string experiment, ExperimentRun run)
    {
        var answers = await Task.WhenAll(silos.Living().Select(s => JobsAsync(s, experiment)));
        foreach (var (silo, jobs) in answers)
        {
            foreach (var job in jobs?.Value ?? [])
            {
                run.Adopt(silo, job);
            }
        }

        return Array.TrueForAll(answers, a => a.Jobs is not null);
    }

    /// <summary>Asks silos about the jobs they have, and takes back those of silos that are gone or never got them.</summary>
    /// <returns>Results that have arrived.</returns>
    public async Task<IReadOnlyList<(string Model, string Task, CellArrival Arrival)>> AskAsync(string experiment, ExperimentRun run)
    {
        var living = silos.Living();
        calls.Keep(living);
        foreach (var job in run.Sent.Where(j => !living.Contains(j.Silo)).ToList())
        {
            LogLost(experiment, job.Id, job.Silo.ToParsableString());
            run.Lose(job);
        }

        var arrived = new List<(string, string, CellArrival)>();
        foreach (var (silo, jobs) in await Task.WhenAll(run.Sent.Select(j => j.Silo).Distinct().ToList().Select(s => JobsAsync(s, experiment))))
        {
            if (jobs is null)
            {
                continue;
            }

            foreach (var job in jobs.Value)
            {
                arrived.AddRange(run.Merge(job));
                if (job.Ended)
                {
                    // should it not hear of it, it tells of the job once more
                    SiloOf(silo).ForgetAsync(job.Id).Ignore();
                }
            }

            // a job that the silo didn't know when it was asked was never started: its lease lapses by itself
            var known = jobs.Value.Select(j => j.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var job in run.Sent.Where(j => j.Silo.Equals(silo) && j.SentAt < jobs.AskedAt && !known.Contains(j.Id) && IsOverdue(j)).ToList())
            {
                LogNeverStarted(experiment, job.Id);
                run.Lose(job);
            }
        }

        return arrived;
    }

    /// <summary>Sends checkpoints out for as long as there are free slots, always to the least loaded silo that can serve them.</summary>
    public async Task SendAsync(string experiment, string yaml, ExperimentRun run, CancellationToken cancellation)
    {
        await Task.WhenAll(run.Sent.Where(j => j is { IsStarted: false, Job: not null }).ToList().Select(j => StartAsync(run, j, run.Spec.Numerics)));
        var offers = (await Task.WhenAll(silos.Active().Select(OfferAsync))).Where(o => o.Offer is not null).ToDictionary(o => o.Silo, o => o.Offer!.Value);
        var isOnHub = RemoteSuite.IsOne(run.Spec.Suite);
        var aside = new List<PendingCheckpoint>();
        while (!cancellation.IsCancellationRequested && !run.NeedsPlan && offers.Values.Any(o => (isOnHub ? o.FreePlaces : o.FreeSlots) > 0) && run.Next() is { } pending)
        {
            var need = new DeviceNeed(run.Spec.Numerics, pending.Bytes);
            var able = silos.Active().Where(s => silos.CanServe(s, need)).ToList();
            if (able.Count > 0 && able.TrueForAll(s => run.Refusals.Refuses(s, pending.Checkpoint)))
            {
                run.Refuse(pending, isLacked: able.TrueForAll(s => run.Refusals.Lacks(s, pending.Checkpoint)));
                continue;
            }

            bool Takes(SiloAddress silo) => silos.CanServe(silo, need) && !run.Refusals.Refuses(silo, pending.Checkpoint);
            if (await (isOnHub ? LeaseAheadAsync(offers, Takes) : LeaseAsync(offers, pending.Name, need, Takes)) is not { } lease)
            {
                aside.Add(pending);
                if (able.Exists(s => !Takes(s)))
                {
                    // it waits for those that have it; the others go on with what they have
                    continue;
                }

                Note(experiment, pending.Name, need);
                break;
            }

            var job = new CheckpointJob
            {
                Id = Guid.NewGuid().ToString("N"),
                Experiment = experiment,
                Yaml = yaml,
                Model = pending.Checkpoint.Model.Name,
                Step = pending.Checkpoint.Step,
                Weights = pending.Checkpoint.Weights,
                Pin = PinOf(pending.Checkpoint),
                Cells = run.OrdersFor(pending),
                Lease = lease,
            };
            await StartAsync(run, run.Send(job, pending), need.Numerics);
        }

        aside.ForEach(run.PutBack);
    }

    /// <summary>Asks every silo to give up an experiment's jobs; one that is late does so when it hears of it.</summary>
    public Task CancelAsync(string experiment) => Task.WhenAll(silos.Living().Select(silo => calls.AskAsync<object>(silo, "cancel", async () =>
    {
        await SiloOf(silo).CancelAsync(experiment);
        return silo;
    })));

    /// <summary>Where a checkpoint on the hub is, in names that can't come to mean another one.</summary>
    private CheckpointPin? PinOf(PlannedCheckpoint checkpoint) =>
        checkpoint.Hub is { } found ? CheckpointPin.Of(hub.Pin(found, checkpoint.Weights!.Value), checkpoint.Content!) : null;

    private Task<SlotLease?> LeaseAsync(Dictionary<SiloAddress, SiloOffer> offers, string checkpoint, DeviceNeed need, Func<SiloAddress, bool> takes) => LeaseAsync(
        offers,
        offers
            .Where(o => o.Value.FreeSlots > 0 && o.Value.FreeMemory >= need.Bytes && takes(o.Key))
            .OrderBy(o => o.Value.Slots - o.Value.FreeSlots)
            .ThenByDescending(o => o.Value.FreeMemory)
            .ThenBy(o => o.Key),
        silo => silo.LeaseAsync(checkpoint, need.Bytes));

    /// <summary>Leases a place ahead of slots, at the silo that has most to give.</summary>
    private Task<SlotLease?> LeaseAheadAsync(Dictionary<SiloAddress, SiloOffer> offers, Func<SiloAddress, bool> takes) => LeaseAsync(
        offers,
        offers
            .Where(o => o.Value.FreePlaces > 0 && takes(o.Key))
            .OrderByDescending(o => o.Value.FreePlaces + o.Value.FreeSlots)
            .ThenBy(o => o.Key),
        silo => silo.LeaseAheadAsync());

    private async Task<SlotLease?> LeaseAsync(
        Dictionary<SiloAddress, SiloOffer> offers, IEnumerable<KeyValuePair<SiloAddress, SiloOffer>> best, Func<ISiloGrain, Task<LeaseAnswer>> ask)
    {
        foreach (var silo in best.Select(o => o.Key).ToList())
        {
            try
            {
                var asked = ask(SiloOf(silo));
                if (!await calls.IsThereAsync(asked))
                {
                    _ = GiveBackAsync(silo, asked);
                }
                else if (await asked is { Lease: { } lease } answer)
                {
                    offers[silo] = answer.Offer;
                    return lease;
                }
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                LogUnreachable(silo.ToParsableString(), e.Message);
            }

            offers.Remove(silo);
        }

        return null;
    }

    /// <summary>Gives back a lease that came too late, so that its slot isn't kept for nobody.</summary>
    private async Task GiveBackAsync(SiloAddress silo, Task<LeaseAnswer> late)
    {
        try
        {
            if (await late is { Lease: { } lease })
            {
                await SiloOf(silo).ReleaseAsync(lease);
            }
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            LogUnreachable(silo.ToParsableString(), e.Message);
        }
    }

    /// <summary>Says once in a while that a checkpoint waits for a silo that isn't there.</summary>
    private void Note(string experiment, string checkpoint, DeviceNeed need)
    {
        if (!silos.Active().Any(s => silos.CanServe(s, need)) && (notedAt is not { } at || time.GetElapsedTime(at) > NoteInterval))
        {
            notedAt = time.GetTimestamp();
            LogNobodyCan(experiment, checkpoint, need.Numerics, need.Bytes);
        }
    }

    private async Task StartAsync(ExperimentRun run, SentJob sent, string numerics)
    {
        var job = sent.Job!;
        try
        {
            var starting = sent.Starting ??= Start(job, sent, numerics);
            if (!await calls.IsThereAsync(starting))
            {
                return;
            }

            sent.Starting = null;
            switch (await starting)
            {
                case JobStart.Started:
                    sent.IsStarted = true;
                    break;
                case JobStart.Refused when run.Has(sent):
                    run.Lose(sent);
                    break;
            }
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // it may have been started all the same: its silo will know
            LogUnreachable(job.Lease.Silo.ToParsableString(), e.Message);
        }
    }

    private Task<JobStart> Start(CheckpointJob job, SentJob sent, string numerics)
    {
        new DeviceNeed(numerics, sent.Checkpoint.Info!.WeightBytes).Attach();
        RequestContext.Set(IPlacementDirector.PlacementHintKey, job.Lease.Silo);
        try
        {
            var starting = grains.GetGrain<ICheckpointGrain>(sent.Open.Values.First().Id.Checkpoint).StartAsync(job);
            starting.Ignore();
            return starting;
        }
        finally
        {
            RequestContext.Clear();
        }
    }

    private bool IsOverdue(SentJob job) => time.GetElapsedTime(job.SentAt) > options.LeaseTime;

    private async Task<(SiloAddress Silo, SiloAnswer<JobState[]>? Jobs)> JobsAsync(SiloAddress silo, string experiment) =>
        (silo, await calls.AskAsync(silo, "jobs", () => SiloOf(silo).JobsAsync(experiment)));

    private async Task<(SiloAddress Silo, SiloAnswer<SiloOffer>? Offer)> OfferAsync(SiloAddress silo) =>
        (silo, await calls.AskAsync(silo, "offer", () => SiloOf(silo).OfferAsync()));

    private ISiloGrain SiloOf(SiloAddress silo) => grains.GetGrain<ISiloGrain>(silo.ToParsableString());

    [LoggerMessage(30, LogLevel.Warning, "Experiment {Experiment} takes job {Job} back: silo {Silo} is gone.")]
    private partial void LogLost(string experiment, string job, string silo);

    [LoggerMessage(31, LogLevel.Warning, "Experiment {Experiment} takes job {Job} back: its silo never got it.")]
    private partial void LogNeverStarted(string experiment, string job);

    [LoggerMessage(32, LogLevel.Debug, "Silo {Silo} doesn't answer: {Reason}")]
    private partial void LogUnreachable(string silo, string reason);

    [LoggerMessage(33, LogLevel.Warning, "Experiment {Experiment} waits: no silo can take {Checkpoint}, {Numerics} with {Bytes} bytes of weights.")]
    private partial void LogNobodyCan(string experiment, string checkpoint, string numerics, long bytes);
}
