using System.Net.Sockets;
using Azure;
using CircuitGrid.Compute;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace CircuitGrid.Azure;

/// <summary>
/// Calls to storage that throttles, answers late or not at all: repeated with growing, jittered pauses until the patience is over. A circuit
/// breaker spares a storage that is down what everybody would ask of it.
/// </summary>
internal sealed partial class StorageCalls
{
    private readonly string location;
    private readonly ILogger logger;
    private readonly ResiliencePipeline pipeline;

    public StorageCalls(string location, BlobCellStoreOptions options, TimeProvider time, ILogger logger)
    {
        this.location = location;
        this.logger = logger;
        pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions { Timeout = options.Patience })
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(e => e is BrokenCircuitException || IsTransient(e)),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.Pause,
                MaxDelay = options.LongestPause,
                MaxRetryAttempts = int.MaxValue,
                OnRetry = retry =>
                {
                    if (retry.Outcome.Exception is { } e and not BrokenCircuitException)
                    {
                        LogRetry(location, retry.AttemptNumber + 1, Describe(e));
                    }

                    return default;
                },
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(IsTransient),
                FailureRatio = 0.9,
                MinimumThroughput = 20,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = TimeSpan.FromSeconds(2),
            })
            .Build();
    }

    /// <exception cref="InvalidInputException">The storage doesn't come back, or refuses; nothing secret is said.</exception>
    public async Task<T> DoAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await pipeline.ExecuteAsync(async c => await call(c), cancellation);
        }
        catch (TimeoutRejectedException e)
        {
            throw new InvalidInputException(location, "can't be reached for too long", e);
        }
        catch (RequestFailedException e)
        {
            throw new InvalidInputException(location, $"refused: {Describe(e)}");
        }
    }

    /// <summary>Calls once, past the circuit breaker: who asks whether the storage is there wants to know it of this very moment.</summary>
    /// <exception cref="InvalidInputException">It isn't, or refuses; nothing secret is said.</exception>
    public async Task<T> OnceAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call(cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && (e is RequestFailedException || IsTransient(e)))
        {
            throw new InvalidInputException(location, Describe(e), e);
        }
    }

    /// <summary>Nothing an SDK writes into its messages: those can hold addresses with signatures.</summary>
    private static string Describe(Exception e) => e switch
    {
        RequestFailedException { Status: > 0 } failed => $"{failed.Status} {failed.ErrorCode}",
        _ when e.GetBaseException() is SocketException socket => $"{nameof(SocketException)}, {socket.SocketErrorCode}",
        _ => e.GetBaseException().GetType().Name,
    };

    private static bool IsTransient(Exception e) => e switch
    {
        RequestFailedException failed => failed.Status is 0 or 408 or 429 or >= 500,
        AggregateException several => several.InnerExceptions.All(IsTransient),
        TaskCanceledException or TimeoutException or IOException or SocketException or HttpRequestException => true,
        _ => false,
    };

    [LoggerMessage(60, LogLevel.Warning, "{Location} failed ({Error}), attempt {Attempt}; trying again.")]
    private partial void LogRetry(string location, int attempt, string error);
}
