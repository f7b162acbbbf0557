using System.Collections.Concurrent;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Placement;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Storage;

namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// Plans an experiment, keeps as many checkpoints out as silos have slots for, and tells the comparisons what arrives. It computes nothing
/// and waits for nothing long: every look sends, asks and goes. Should its silo die, a reminder or anybody's call wakes it elsewhere, where
/// it plans anew from the store and adopts the jobs that silos still have.
/// </summary>
[Reentrant]
internal sealed partial class ExperimentGrain : Grain, IExperimentGrain, IRemindable
{
    private const string ReminderName = "resume";

    /// <summary>How long a silo that has just joined may take to say what it computes with.</summary>
    private static readonly TimeSpan IntroductionTime = TimeSpan.FromSeconds(5);

    private readonly IPersistentState<ExperimentState> state;
    private readonly ClusterOptions options;
    private readonly ICellStore store;
    private readonly ClusterSilos silos;
    private readonly ILocalSiloDetails details;
    private readonly IExperimentSource source;
    private readonly TimeProvider time;
    private readonly StateKeeper keeper;
    private readonly ILogger<ExperimentGrain> logger;
    private readonly Dispatcher dispatcher;
    private readonly Announcer announcer;
    private readonly LocalGridOptions settings;
    private readonly FolderSightings sightings;
    private readonly ConcurrentQueue<string> said = new();
    private CheckpointWatcher watcher;
    private WeightAudits? audits;
    private ExperimentRun? run;

    /// <summary>The run for which every silo has said what it is at.</summary>
    private ExperimentRun? adopted;
    private Task<ExperimentRun>? planning;

    /// <summary>The run until now, while one that watches is planned in its place.</summary>
    private ExperimentRun? replaced;
    private IGrainTimer? looks;

    /// <summary>The suite, where it is watched.</summary>
    private WatchedSuite? suite;

    /// <summary>What was whole when the latest plan was made.</summary>
    private ReadyCheckpoints? planned;
    private long lookedAt;

    /// <summary>Times that the suite was said to have changed, and how many of them a plan has followed.</summary>
    private int news;
    private int newsTaken;

    /// <summary>When the hub couldn't be reached last; <see langword="null"/> where that is over.</summary>
    private long? missedAt;
    private bool looking;
    private bool unsaved;

    /// <summary>It was started and not yet looked at, which a new activation of a running one is not.</summary>
    private bool isFresh;

    public ExperimentGrain(
        [PersistentState("experiment", ClusterStorage.Name)] IPersistentState<ExperimentState> state,
        IOptions<ClusterOptions> options,
        ICellStore store,
        IExperimentSource source,
        FolderSightings sightings,
        ClusterSilos silos,
        ILocalSiloDetails details,
        StateKeeper keeper,
        TimeProvider time,
        ILogger<ExperimentGrain> logger)
    {
        this.state = state;
        this.options = options.Value;
        this.store = store;
        this.silos = silos;
        this.details = details;
        this.source = source;
        this.keeper = keeper;
        this.time = time;
        this.logger = logger;
        this.sightings = sightings;
        settings = new() { Program = this.options.Program, Time = time, Settled = this.options.Settled };
        watcher = new(source, settings, sightings);
        dispatcher = new(GrainFactory, silos, source.Hub, options.Value, time, logger);
        announcer = new(GrainFactory, this.GetPrimaryKeyString(), LookSoon, logger);
    }

    private string Id => this.GetPrimaryKeyString();

    /// <summary>The hub couldn't be reached a short while ago.</summary>
    private bool IsHubLeftAlone => missedAt is { } at && time.GetElapsedTime(at) < options.HubInterval;

    /// <summary>Some checkpoint's files were whole at the last look, and have had the time to show whether they stay as they are; or nobody else looks.</summary>
    private bool IsLookDue => suite is not null
        && ((watcher.IsWaiting && time.GetElapsedTime(lookedAt) >= options.Settled) || (areDifferent && time.GetElapsedTime(lookedAt) >= options.WatchInterval));

    private bool IsRunning => state.State is { Yaml.Length: > 0, Phase: HostedPhase.Running };

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (IsRunning)
        {
            LogResuming(Id);
            StartLooking();
        }

        return Task.CompletedTask;
    }

    public async Task<ExperimentView> StartAsync(string name, string yaml, bool watch)
    {
        // one that is watched stays so: somebody else may have asked for it, and whoever only wants its results gets them
        if (!IsRunning || (watch && !state.State.Watching))
        {
            var now = state.State;
            now.Name = name;
            now.Yaml = yaml;
            now.Watching = watch;
            now.Fault = null;
            now.Outcome = null;
            if (now.Phase != HostedPhase.Running || !state.RecordExists)
            {
                now.Started = time.GetUtcNow();
                (now.Seen, now.PlannedOn) = (null, null);
                (run, replaced) = (null, null);
                isFresh = true;
            }

            now.Phase = HostedPhase.Running;
            await SaveAsync();
            await keeper.DoAsync(() => this.RegisterOrUpdateReminder(ReminderName, options.ReminderPeriod, options.ReminderPeriod));
            await GrainFactory.GetGrain<IExperimentDirectoryGrain>(ExperimentDirectoryGrain.Key).AddAsync(Id);
            LogStarted(Id, name);
            StartLooking();
        }

        return View();
    }

    public Task<ExperimentView?> ViewAsync() => Task.FromResult(state.State.Yaml.Length == 0 ? null : View());

    public async Task<bool> CancelAsync()
    {
        if (!IsRunning)
        {
            return false;
        }

        await EndAsync(HostedPhase.Cancelled, fault: null);
        await dispatcher.CancelAsync(Id);
        return true;
    }

    public Task<EventPage> EventsAsync(long after, int limit)
    {
        var events = (run ?? replaced)?.Events.After(after, limit) ?? [];
        return Task.FromResult(new EventPage(events, !IsRunning && events.Length == 0));
    }

    public Task<bool> ReportAsync(SiloAddress silo, JobState job)
    {
        if (run is null || planning is not null)
        {
            // it will be asked for once the plan stands
            return Task.FromResult(!IsRunning && job.Ended);
        }

        run.Adopt(silo, job);
        announcer.Tell(run.Merge(job));
        if (job.Ended)
        {
            LookSoon();
        }

        return Task.FromResult(job.Ended);
    }

    public async Task<CellArrival[]> ResultsAsync(string model, string task) =>
        (await PlannedAsync()).Results.TryGetValue((model, task), out var steps) ? [.. steps.Values] : [];

    public async Task<string[]> ModelsAsync() => [.. (await PlannedAsync()).Results.Keys.Select(k => k.Model).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public Task LookAgainAsync()
    {
        news++;
        LookSoon();
        return Task.CompletedTask;
    }

    public async Task VerifyAsync()
    {
        if (IsRunning)
        {
            run?.PlanAgain(reason: null);
            LookSoon();
            return;
        }

        if (state.State is not { Yaml.Length: > 0, Phase: HostedPhase.Completed, Outcome: { } outcome })
        {
            return;
        }

        run = null;
        var now = await PlannedAsync();
        var missing = outcome.Kept + outcome.Finished - now.Progress.View().Kept;
        if (missing > 0 && state.State.Phase == HostedPhase.Completed)
        {
            state.State.Phase = HostedPhase.Running;
            await SaveAsync();
            await keeper.DoAsync(() => this.RegisterOrUpdateReminder(ReminderName, options.ReminderPeriod, options.ReminderPeriod));
            Lose(now, missing);
            StartLooking();
        }
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (!IsRunning)
        {
            return ForgetReminderAsync();
        }

        StartLooking();
        return Task.CompletedTask;
    }

    private void StartLooking() =>
        looks ??= this.RegisterGrainTimer(LookAsync, new() { DueTime = TimeSpan.Zero, Period = options.LookInterval, Interleave = true, KeepAlive = true });

    private void LookSoon() => looks?.Change(TimeSpan.Zero, options.LookInterval);

    private async Task LookAsync(CancellationToken cancellation)
    {
        if (looking)
        {
            return;
        }

        looking = true;
        try
        {
            if (unsaved)
            {
                await SaveAsync();
            }

            if (!IsRunning)
            {
                looks?.Dispose();
                looks = null;
                return;
            }

            await AdvanceAsync(cancellation);
        }
        catch (InconsistentStateException)
        {
            // another activation has written: this one is the past
            DeactivateOnIdle();
        }
        catch (SuiteElsewhereException e)
        {
            LogElsewhere(Id, e.Message);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            LogLookFailed(Id, e.Message);
        }
        catch (InvalidInputException e)
        {
            await EndAsync(HostedPhase.Failed, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogLookBroken(Id, e);
        }
        finally
        {
            looking = false;
        }
    }

    private async Task AdvanceAsync(CancellationToken cancellation)
    {
        if (run is { } unwatched && suite is null && state.State.Watching)
        {
            unwatched.Notice("somebody watches it from now on: it goes on with new checkpoints until it is cancelled");
            (run, replaced) = (null, unwatched);
        }

        if (run is null && IsHubLeftAlone)
        {
            return;
        }

        ExperimentRun now;
        try
        {
            now = await PlannedAsync();
        }
        catch (HubUnreachableException e) when (!isFresh)
        {
            // it was running before: it goes on once the hub is there again
            missedAt = time.GetTimestamp();
            LogHubMissed(Id, e.Message);
            return;
        }

        var isNew = adopted != now;
        if (isNew)
        {
            if (!await dispatcher.AdoptAsync(Id, now))
            {
                // some silo didn't say what it is at: sending its cells out again could compute them twice. It will, or membership gives it up
                return;
            }

            await RequireNumericsAsync(now);
            adopted = now;
        }
        else if (!IsHubLeftAlone)
        {
            await PlanAgainAsync(now);
        }

        announcer.Tell(await dispatcher.AskAsync(Id, now));
        if (now is { NeedsJudgement: true, NeedsPlan: false, IsIdle: true })
        {
            await JudgeAsync(now);
        }

        announcer.Tell(now.TakeRevised());
        if (isNew)
        {
            announcer.Tell(now.Results.SelectMany(r => r.Value.Values.Select(a => (r.Key.Model, r.Key.Task, a))));
        }

        await LookAtSilosAsync(now);
        if (!now.NeedsPlan)
        {
            await dispatcher.SendAsync(Id, state.State.Yaml, now, cancellation);
        }

        announcer.TellAgain();
        if (now is { IsIdle: true, NeedsPlan: false, NeedsJudgement: false } && announcer.IsIdle && !state.State.Watching && await IsWholeAsync(now))
        {
            now.Events.Add(GridEventKind.Completed, cell: null, message: null, now.Progress.View());
            await EndAsync(lost is null ? HostedPhase.Completed : HostedPhase.Failed, lost);
        }
    }

    /// <summary>Whether the store has all results that were said to be in it. What it has lost is planned once more.</summary>
    private async Task<bool> IsWholeAsync(ExperimentRun now)
    {
        var keys = now.Keys.ToList();
        var found = await Task.Run(() => store.FindAsync(keys));
        var missing = keys.Count(k => !found.Contains(k));
        if (missing > 0)
        {
            Lose(now, missing);
        }

        return missing == 0;
    }

    private void Lose(ExperimentRun now, int missing)
    {
        LogResultsLost(Id, missing, store.Location);
        now.PlanAgain($"{missing} results aren't in {store.Location} any more and are computed again");
    }

    private async Task EndAsync(HostedPhase phase, string? fault)
    {
        state.State.Phase = phase;
        state.State.Fault = fault;
        state.State.Outcome = (run ?? replaced)?.Progress.View();
        LogEnded(Id, phase, fault ?? "");
        await SaveAsync();
        await ForgetReminderAsync();
    }

    private Task ForgetReminderAsync() => keeper.DoAsync(async () =>
    {
        if (await this.GetReminder(ReminderName) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    });

    private async Task SaveAsync()
    {
        unsaved = true;
        await keeper.DoAsync(state.WriteStateAsync);
        unsaved = false;
    }

    private ExperimentView View() => new(
        state.State.Name,
        state.State.Yaml,
        state.State.Phase,
        state.State.Watching,
        (IsRunning ? (run ?? replaced)?.Progress.View() : state.State.Outcome) ?? new(0, 0, 0, 0, 0, TimeSpan.Zero, Left: null),
        state.State.Fault,
        state.State.Started);
}
