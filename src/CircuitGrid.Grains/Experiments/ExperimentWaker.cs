using CircuitGrid.Grains.Placement;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// Says who comes to the cluster and goes, and wakes the experiments whose grains were on a silo that went: without it they would stand still until their
/// reminders come, up to a minute later. The living silos share the experiments among them, so that each is called once.
/// </summary>
internal sealed partial class ExperimentWaker : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly IClusterMembershipService membership;
    private readonly ClusterSilos silos;
    private readonly ILocalSiloDetails self;
    private readonly IGrainFactory grains;
    private readonly ILogger<ExperimentWaker> logger;
    private readonly ResiliencePipeline calls;
    private readonly CancellationTokenSource stopping = new();
    private Task watching = Task.CompletedTask;

    public ExperimentWaker(
        IClusterMembershipService membership, ClusterSilos silos, ILocalSiloDetails self, IGrainFactory grains, TimeProvider time, ILogger<ExperimentWaker> logger)
    {
        this.membership = membership;
        this.silos = silos;
        this.self = self;
        this.grains = grains;
        this.logger = logger;

        // grains that were on the silo itself are found again once the directory has noticed; the reminders come after that
        calls = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<OrleansException>().Handle<TimeoutException>(),
                BackoffType = DelayBackoffType.Linear,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(500),
                MaxRetryAttempts = 10,
            })
            .Build();
    }

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(ExperimentWaker), ServiceLifecycleStage.Active, Start, StopAsync);

    public void Dispose() => stopping.Dispose();

    private Task Start(CancellationToken cancellation)
    {
        watching = Task.Run(WatchAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellation)
    {
        await stopping.CancelAsync();
        await watching.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WatchAsync()
    {
        var before = membership.CurrentSnapshot;
        try
        {
            await foreach (var now in membership.MembershipUpdates.WithCancellation(stopping.Token))
            {
                var changed = now.Members.Where(m => m.Value.Status != before.GetSiloStatus(m.Key) && !m.Key.Equals(self.SiloAddress)).ToList();
                var wentActive = changed.Where(m => m.Value.Status == SiloStatus.Active).ToList();
                var dead = changed.Where(m => m.Value.Status == SiloStatus.Dead && before.GetSiloStatus(m.Key) is not SiloStatus.None).ToList();
                wentActive.ForEach(m => LogJoined(m.Key.Endpoint.ToString()));
                foreach (var (silo, _) in dead)
                {
                    if (before.GetSiloStatus(silo) == SiloStatus.Active)
                    {
                        LogDied(silo.Endpoint.ToString());
                    }
                    else
                    {
                        LogLeft(silo.Endpoint.ToString());
                    }
                }

                before = now;
                if (dead.Count > 0)
                {
                    await WakeAsync();
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // the silo is going
        }
    }

    private async Task WakeAsync()
    {
        try
        {
            var ids = await calls.ExecuteAsync(async _ => await grains.GetGrain<IExperimentDirectoryGrain>(ExperimentDirectoryGrain.Key).ListAsync(), stopping.Token);
            var living = silos.Active().Order().ToList();
            foreach (var id in ids.Where((_, i) => living.Count == 0 || living[i % living.Count].Equals(self.SiloAddress)))
            {
                await calls.ExecuteAsync(async _ => await grains.GetGrain<IExperimentGrain>(id).ViewAsync(), stopping.Token);
            }
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            LogNotWoken(e.Message);
        }
    }

    [LoggerMessage(70, LogLevel.Information, "Silo {Silo} has joined.")]
    private partial void LogJoined(string silo);

    [LoggerMessage(71, LogLevel.Information, "Silo {Silo} has left.")]
    private partial void LogLeft(string silo);

    [LoggerMessage(72, LogLevel.Warning, "Silo {Silo} answered nobody and was declared dead; its jobs go to others.")]
    private partial void LogDied(string silo);

    [LoggerMessage(73, LogLevel.Warning, "Experiments that were on it couldn't be woken: {Reason} Their reminders will.")]
    private partial void LogNotWoken(string reason);
}
