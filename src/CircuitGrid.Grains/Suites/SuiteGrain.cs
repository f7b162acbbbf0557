using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Names;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace CircuitGrid.Grains.Suites;

/// <summary>A suite whose folder is watched for checkpoints. Its key is the folder.</summary>
[Alias("circuitgrid.ISuiteGrain"), Version(1)]
public interface ISuiteGrain : IGrainWithStringKey
{
    /// <summary>An experiment wants to hear of new checkpoints.</summary>
    [Alias("Subscribe")]
    Task SubscribeAsync(string experiment);
}

/// <summary>
/// Looks at the folder while it is active, and is woken by a reminder where its silo died. An experiment may subscribe while it is being told.
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

    /// <summary>One for each pattern of names that an experiment has, the usual ones under an empty text.</summary>
    private readonly Dictionary<string, CheckpointWatcher> watchers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NamePattern?> patterns = new(StringComparer.Ordinal);
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
            looks ??= this.RegisterGrainTimer(LookAsync, new() { DueTime = options.Value.WatchInterval, Period = options.Value.WatchInterval, KeepAlive = true });
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var pattern in await PatternsAsync())
            {
                await LookAsync(pattern, cancellation);
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

    /// <summary>Looks at what one pattern of names finds; that nothing fits it says nothing of the others.</summary>
    private async Task LookAsync(NamePattern? pattern, CancellationToken cancellation)
    {
        var folder = this.GetPrimaryKeyString();
        if (!watchers.TryGetValue(pattern?.Text ?? "", out var watcher))
        {
            watchers.Add(pattern?.Text ?? "", watcher = new(source, new() { Settled = options.Value.Settled, Time = time }, sightings));
        }

        try
        {
            isNews |= await Task.Run(() => watcher.Look(SuiteFolder.Open(folder, pattern: pattern)).IsNews, cancellation);
        }
        catch (InvalidInputException e)
        {
            LogLookFailed(folder, e.Message);
        }
    }

    /// <summary>The patterns by which the experiments read the names of checkpoints, each once.</summary>
    private async Task<IReadOnlyList<NamePattern?>> PatternsAsync()
    {
        foreach (var id in state.State.Experiments.Where(id => !patterns.ContainsKey(id)).ToList())
        {
            if (await GrainFactory.GetGrain<IExperimentGrain>(id).ViewAsync() is { } view)
            {
                patterns[id] = options.Value.ReadExperiment(view.Yaml).Pattern;
            }
        }

        return [.. state.State.Experiments.Select(id => patterns.GetValueOrDefault(id)).DistinctBy(p => p?.Text ?? "", StringComparer.Ordinal)];
    }

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

    [LoggerMessage(40, LogLevel.Warning, "Suite {Folder} can't be looked at now: {Reason}")]
    private partial void LogLookFailed(string folder, string reason);
}

/// <summary>What a suite's grain keeps.</summary>
[GenerateSerializer, Alias("circuitgrid.SuiteState")]
internal sealed class SuiteState
{
    /// <summary>Experiments that want to hear of new checkpoints.</summary>
    [Id(0)]
    public string[] Experiments { get; set; } = [];
}
