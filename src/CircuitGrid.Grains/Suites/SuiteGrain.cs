using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Models.Hub;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace CircuitGrid.Grains.Suites;

/// <summary>A suite that is watched for checkpoints. Its key is the folder, or the address on the hub.</summary>
[Alias("circuitgrid.ISuiteGrain"), Version(1)]
public interface ISuiteGrain : IGrainWithStringKey
{
    /// <summary>An experiment wants to hear of new checkpoints.</summary>
    [Alias("Subscribe")]
    Task SubscribeAsync(string experiment);
}

/// <summary>
/// Looks at the suite while it is active, and is woken by a reminder where its silo died: at a folder every few seconds, at the hub's revisions, which aren't sent again
/// as long as they are the same, once a minute. An experiment may subscribe while it is being told.
/// </summary>
[Reentrant]
internal sealed partial class SuiteGrain(
    [PersistentState("suite", ClusterStorage.Name)] IPersistentState<SuiteState> state,
    IOptions<ClusterOptions> options,
    IExperimentSource source,
    FolderSightings sightings,
    StateKeeper keeper,
    TimeProvider time,
    ILogger<SuiteGrain> logger) : Grain, ISuiteGrain, IRemindable
{
    private const string ReminderName = "watch";

    private readonly ILogger<SuiteGrain> logger = logger;

    /// <summary>One for each way in which experiments read the names of checkpoints.</summary>
    private readonly Dictionary<(string Pattern, long? TokensPerStep), CheckpointWatcher> watchers = [];
    private readonly Dictionary<string, ExperimentSpec> experiments = new(StringComparer.Ordinal);
    private IGrainTimer? looks;

    /// <summary>Something has come, and not everybody has been told.</summary>
    private bool isNews;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        StartLooking();
        return Task.CompletedTask;
    }

    public async Task SubscribeAsync(string experiment)
    {
        if (!state.State.Experiments.Contains(experiment, StringComparer.Ordinal))
        {
            state.State.Experiments = [.. state.State.Experiments, experiment];
            await keeper.DoAsync(state.WriteStateAsync);
            await keeper.DoAsync(() => this.RegisterOrUpdateReminder(ReminderName, options.Value.ReminderPeriod, options.Value.ReminderPeriod));
        }

        StartLooking();
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        StartLooking();
        return Task.CompletedTask;
    }

    private void StartLooking()
    {
        if (state.State.Experiments.Length > 0)
        {
            var interval = RemoteSuite.IsOne(this.GetPrimaryKeyString()) ? options.Value.HubInterval : options.Value.WatchInterval;
            looks ??= this.RegisterGrainTimer(LookAsync, new() { DueTime = interval, Period = interval, KeepAlive = true });
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var experiment in await ReadingsAsync())
            {
                await LookAsync(experiment, cancellation);
            }

            if (isNews)
            {
                await TellAsync();
                isNews = false;
            }
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            LogLookFailed(this.GetPrimaryKeyString(), e.Message);
        }
    }

    /// <summary>Looks at what one way of reading names finds; that nothing fits it says nothing of the others.</summary>
    private async Task LookAsync(ExperimentSpec experiment, CancellationToken cancellation)
    {
        if (!watchers.TryGetValue(ReadingOf(experiment), out var watcher))
        {
            watchers.Add(ReadingOf(experiment), watcher = new(source, new() { Settled = options.Value.Settled, Time = time }, sightings));
        }

        try
        {
            isNews |= await Task.Run(async () => watcher.Look(await source.OpenSuiteAsync(experiment, cancellation)).IsNews, cancellation);
        }
        catch (InvalidInputException e)
        {
            LogLookFailed(this.GetPrimaryKeyString(), e.Message);
        }
    }

    /// <summary>One of the experiments for each way in which they read the names of checkpoints.</summary>
    private async Task<IReadOnlyList<ExperimentSpec>> ReadingsAsync()
    {
        foreach (var id in state.State.Experiments.Where(id => !experiments.ContainsKey(id)).ToList())
        {
            if (await GrainFactory.GetGrain<IExperimentGrain>(id).ViewAsync() is { } view)
            {
                experiments[id] = options.Value.ReadExperiment(view.Yaml);
            }
        }

        return [.. state.State.Experiments.Select(id => experiments.GetValueOrDefault(id)).OfType<ExperimentSpec>().DistinctBy(ReadingOf)];
    }

    private static (string Pattern, long? TokensPerStep) ReadingOf(ExperimentSpec experiment) => (experiment.Pattern?.Text ?? "", experiment.TokensPerStep);

    /// <summary>Tells the experiments that still watch; the others are forgotten.</summary>
    private async Task TellAsync()
    {
        var gone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in state.State.Experiments)
        {
            var experiment = GrainFactory.GetGrain<IExperimentGrain>(id);
            if (await experiment.ViewAsync() is { Phase: CircuitGrid.Experiments.Hosting.HostedPhase.Running, Watching: true })
            {
                await experiment.LookAgainAsync();
            }
            else
            {
                gone.Add(id);
            }
        }

        if (gone.Count == 0)
        {
            return;
        }

        state.State.Experiments = [.. state.State.Experiments.Where(id => !gone.Contains(id))];
        await keeper.DoAsync(state.WriteStateAsync);
        if (state.State.Experiments.Length == 0)
        {
            looks?.Dispose();
            looks = null;
            if (await this.GetReminder(ReminderName) is { } reminder)
            {
                await this.UnregisterReminder(reminder);
            }
        }
    }

    [LoggerMessage(40, LogLevel.Warning, "Suite {Suite} can't be looked at now: {Reason}")]
    private partial void LogLookFailed(string suite, string reason);
}

/// <summary>What a suite's grain keeps.</summary>
[GenerateSerializer, Alias("circuitgrid.SuiteState")]
internal sealed class SuiteState
{
    /// <summary>Experiments that want to hear of new checkpoints.</summary>
    [Id(0)]
    public string[] Experiments { get; set; } = [];
}
