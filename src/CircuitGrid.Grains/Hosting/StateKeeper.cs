using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace CircuitGrid.Grains.Hosting;

/// <summary>
/// Calls to grain storage and reminders, which may be away for a while: repeated with growing, jittered pauses for some seconds, less than
/// a call may last. A circuit breaker spares a storage that is down what every grain of the silo would ask of it.
/// </summary>
internal sealed partial class StateKeeper
{
    private readonly ILogger<StateKeeper> logger;
    private readonly ResiliencePipeline pipeline;

    public StateKeeper(TimeProvider time, ILogger<StateKeeper> logger)
    {
        this.logger = logger;
        var transient = new PredicateBuilder().Handle<Exception>(e => e is not (InconsistentStateException or OperationCanceledException or ReminderException));
        pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = transient,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(3),
                MaxRetryAttempts = 5,
                OnRetry = retry =>
                {
                    LogRetry(retry.AttemptNumber + 1, retry.Outcome.Exception?.GetType().Name ?? "");
                    return default;
                },
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = transient,
                FailureRatio = 0.9,
                MinimumThroughput = 20,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = TimeSpan.FromSeconds(2),
            })
            .Build();
    }

    /// <summary>Does something that needs the storage.</summary>
    /// <exception cref="InconsistentStateException">Another activation has written meanwhile.</exception>
    /// <exception cref="StorageAwayException">The storage doesn't come back soon.</exception>
    public async Task DoAsync(Func<Task> what)
    {
        try
        {
            await pipeline.ExecuteAsync(async _ => await what(), CancellationToken.None);
        }
        catch (Exception e) when (e is not (InconsistentStateException or OrleansException))
        {
            throw new StorageAwayException(e.Message);
        }
    }

    [LoggerMessage(50, LogLevel.Warning, "Grain storage failed ({Error}), attempt {Attempt}; trying again.")]
    private partial void LogRetry(int attempt, string error);
}

/// <summary>The storage of grain state is away; whatever was asked for may be asked for again later.</summary>
/// <param name="reason">What it said.</param>
[GenerateSerializer, Alias("circuitgrid.StorageAwayException")]
public sealed class StorageAwayException(string reason) : OrleansException($"The storage of grain state is away: {reason}");
