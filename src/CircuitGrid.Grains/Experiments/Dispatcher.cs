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
/// An experiment's dealings with silos: leases slots, sends jobs, asks how they are, takes back what died. A silo that doesn't answer is passed over for a look, and its
/// jobs stay its own until membership gives it up: it keeps nobody else's slots waiting.
/// </summary>
internal sealed partial class Dispatcher
{
    /// <summary>An idle silo answers within milliseconds; one with all its cores busy is asked again a second later, and nothing is lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan NoteInterval = TimeSpan.FromMinutes(1);

    private readonly IGrainFactory grains;
    private readonly ClusterSilos silos;
    private readonly IHub hub;
    private readonly ClusterOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly SiloQuestions questions;

    /// <summary>Jobs whose start is under way: a checkpoint's grain may be on a silo that doesn't answer.</summary>
    private readonly HashSet<string> starting = new(StringComparer.Ordinal);
    private long? notedAt;

    public Dispatcher(IGrainFactory grains, ClusterSilos silos, IHub hub, ClusterOptions options, TimeProvider time, ILogger logger)
    {
        this.grains = grains;
        this.silos = silos;
        this.hub = hub;
        this.options = options;
        this.time = time;
        this.logger = logger;
        questions = new(SiloOf, Patience, time, (silo, reason) => LogUnreachable(silo.ToParsableString(), reason));
    }

    /// <summary>
    /// Takes over the jobs that silos have of an experiment. A silent silo may have any checkpoint's job, so that nothing can be sent out before it has answered or
    /// membership has given it up, which takes seconds. Those that have answered aren't asked again, nor is anything planned again.
    /// </summary>
    /// <returns>Whether every silo of the cluster has answered.</returns>
    public async Task<bool> AdoptAsync(string experiment, ExperimentRun run)
    {
        var unheard = silos.Living().Where(s => !run.Heard.Contains(s)).ToList();
        foreach (var (silo, jobs) in await Task.WhenAll(unheard.Select(s => JobsAsync(s, experiment))))
        {
            if (jobs is null)
            {
                continue;
            }

            run.Heard.Add(silo);
            foreach (var job in jobs)
            {
                run.Adopt(silo, job);
            }
        }

        return silos.Living().All(run.Heard.Contains);
    }

    /// <summary>Asks silos about the jobs they have, and takes back those of silos that are gone or never got them.</summary>
    /// <returns>Results that have arrived.</returns>
    public async Task<IReadOnlyList<(string Model, string Task, CellArrival Arrival)>> AskAsync(string experiment, ExperimentRun run)
    {
        var living = silos.Living();
        foreach (var job in run.Sent.Where(j => !living.Contains(j.Silo)).ToList())
        {
            LogLost(experiment, job.Id, job.Silo.ToParsableString());
            run.Lose(job);
        }

        var arrived = new List<(string, string, CellArrival)>();
        var before = run.Sent.ToDictionary(j => j.Id, j => j.SentAt, StringComparer.Ordinal);
        foreach (var (silo, jobs) in await Task.WhenAll(run.Sent.Select(j => j.Silo).Distinct().ToList().Select(s => JobsAsync(s, experiment))))
        {
            if (jobs is null)
            {
                continue;
            }

            foreach (var job in jobs)
            {
                arrived.AddRange(run.Merge(job));
                if (job.Ended)
                {
                    await questions.AskAsync(silo, s => Ended(s.ForgetAsync(job.Id)));
                }
            }

            // a job the silo doesn't know was never started: its lease lapses by itself
            var known = jobs.Select(j => j.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var job in run.Sent.Where(j => j.Silo.Equals(silo) && before.ContainsKey(j.Id) && !known.Contains(j.Id) && IsOverdue(j)).ToList())
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
        // nobody waits for one start before the next: each may be at a silo that doesn't answer
        var starts = run.Sent.Where(j => j is { IsStarted: false, Job: not null }).ToList().ConvertAll(moving => StartAsync(run, moving, run.Spec.Numerics));
        await SoonAsync(starts);
        starts.Clear();
        var offers = (await Task.WhenAll(silos.Active().Select(OfferAsync))).Where(o => o.Offer is not null).ToDictionary(o => o.Silo, o => o.Offer!);
        var isOnHub = RemoteSuite.IsOne(run.Spec.Suite);
        while (!cancellation.IsCancellationRequested && offers.Values.Any(o => (isOnHub ? o.FreePlaces : o.FreeSlots) > 0) && run.Next() is { } pending)
        {
            var need = new DeviceNeed(run.Spec.Numerics, pending.Bytes);
            if (await (isOnHub ? LeaseAheadAsync(offers, need) : LeaseAsync(offers, pending.Name, need)) is not { } lease)
            {
                run.PutBack(pending);
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
            starts.Add(StartAsync(run, run.Send(job, pending), need.Numerics));
        }

        await SoonAsync(starts);
    }

    /// <summary>Asks every silo to give up an experiment's jobs. One that doesn't answer has the word all the same, and hears it when it goes on.</summary>
    public Task CancelAsync(string experiment) => SoonAsync(silos.Living().Select(async silo =>
    {
        try
        {
            await SiloOf(silo).CancelAsync(experiment);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            LogUnreachable(silo.ToParsableString(), e.Message);
        }
    }).ToList());

    /// <summary>Where a checkpoint on the hub is, in names that can't come to mean another one.</summary>
    private CheckpointPin? PinOf(PlannedCheckpoint checkpoint) =>
        checkpoint.Hub is { } found ? CheckpointPin.Of(hub.Pin(found, checkpoint.Weights!.Value), checkpoint.Content!) : null;

    private Task<SlotLease?> LeaseAsync(Dictionary<SiloAddress, SiloOffer> offers, string checkpoint, DeviceNeed need) => LeaseAsync(
        offers,
        offers
            .Where(o => o.Value.FreeSlots > 0 && o.Value.FreeMemory >= need.Bytes && silos.CanServe(o.Key, need))
            .OrderBy(o => o.Value.Slots - o.Value.FreeSlots)
            .ThenByDescending(o => o.Value.FreeMemory)
            .ThenBy(o => o.Key),
        silo => silo.LeaseAsync(checkpoint, need.Bytes));

    /// <summary>Leases a place ahead of slots, at the silo that has most to give.</summary>
    private Task<SlotLease?> LeaseAheadAsync(Dictionary<SiloAddress, SiloOffer> offers, DeviceNeed need) => LeaseAsync(
        offers,
        offers
            .Where(o => o.Value.FreePlaces > 0 && silos.CanServe(o.Key, need))
            .OrderByDescending(o => o.Value.FreePlaces + o.Value.FreeSlots)
            .ThenBy(o => o.Key),
        silo => silo.LeaseAheadAsync());

    private async Task<SlotLease?> LeaseAsync(
        Dictionary<SiloAddress, SiloOffer> offers, IEnumerable<KeyValuePair<SiloAddress, SiloOffer>> best, Func<ISiloGrain, Task<LeaseAnswer>> ask)
    {
        foreach (var silo in best.Select(o => o.Key).ToList())
        {
            if (await questions.AskAsync(silo, ask, late: answer => GiveBack(silo, answer)) is { Lease: { } lease } leased)
            {
                offers[silo] = leased.Offer;
                return lease;
            }

            offers.Remove(silo);
        }

        return null;
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

    /// <summary>A slot that was leased when nobody waited for it any more is of use to others.</summary>
    private void GiveBack(SiloAddress silo, LeaseAnswer answer)
    {
        if (answer.Lease is { } lease)
        {
            _ = questions.AskAsync(silo, s => Ended(s.ReleaseAsync(lease)));
        }
    }

    private async Task StartAsync(ExperimentRun run, SentJob sent, string numerics)
    {
        var job = sent.Job!;
        if (!starting.Add(job.Id))
        {
            return;
        }

        new DeviceNeed(numerics, sent.Checkpoint.Info!.WeightBytes).Attach();
        RequestContext.Set(IPlacementDirector.PlacementHintKey, job.Lease.Silo);
        try
        {
            var name = sent.Open.Values.First().Id.Checkpoint;
            switch (await grains.GetGrain<ICheckpointGrain>(name).StartAsync(job))
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
        finally
        {
            starting.Remove(job.Id);
            RequestContext.Clear();
        }
    }

    /// <summary>Waits for several things as long as a silo is waited for; those that take longer end by themselves.</summary>
    private Task SoonAsync(List<Task> tasks) => tasks.Count == 0 ? Task.CompletedTask : Task.WhenAny(Task.WhenAll(tasks), Task.Delay(Patience, time));

    private bool IsOverdue(SentJob job) => time.GetElapsedTime(job.SentAt) > options.LeaseTime;

    private async Task<(SiloAddress Silo, JobState[]? Jobs)> JobsAsync(SiloAddress silo, string experiment) =>
        (silo, await questions.AskAsync(silo, s => s.JobsAsync(experiment)));

    private async Task<(SiloAddress Silo, SiloOffer? Offer)> OfferAsync(SiloAddress silo) => (silo, await questions.AskAsync(silo, s => s.OfferAsync()));

    private static async Task<object> Ended(Task call)
    {
        await call;
        return call;
    }

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
