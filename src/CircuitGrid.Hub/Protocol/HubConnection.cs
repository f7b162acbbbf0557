using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.Retry;

namespace CircuitGrid.Hub.Protocol;

/// <summary>The way of requests to the hub: repetitions with growing, jittered pauses, or as long as the hub asks for.</summary>
internal static class HubConnection
{
    /// <summary>The name of the client.</summary>
    public const string Name = "CircuitGrid.Hub";

    private const int DrainedBytes = 1 << 16;

    /// <summary>Adds the client to the services.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">Which hub is asked, and how.</param>
    /// <param name="time">The clock of pauses.</param>
    /// <param name="notices">Hears what people should know.</param>
    public static void Add(IServiceCollection services, HubOptions options, TimeProvider time, Action<string>? notices)
    {
        var client = services.AddHttpClient(Name, http => http.Timeout = Timeout.InfiniteTimeSpan);

        // loggers of requests would write out signed addresses
        client.RemoveAllLoggers();
        client.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            MaxResponseDrainSize = DrainedBytes,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        });
        client.AddResilienceHandler("repetitions", pipeline =>
        {
            pipeline.TimeProvider = time;
            if (options.MostRetries > 0)
            {
                pipeline.AddRetry(Repetitions(options, time, notices));
            }
        });
        client.AddHttpMessageHandler(() => new AttemptHandler());
    }

    private static RetryStrategyOptions<HttpResponseMessage> Repetitions(HubOptions options, TimeProvider time, Action<string>? notices) => new()
    {
        ShouldHandle = attempt => ValueTask.FromResult(
            attempt.Outcome.Exception is { } e ? HubFailures.IsOfConnection(e)
            : attempt.Outcome.Result is { } answer && HubFailures.MayPass(answer.StatusCode) && !(HubWaits.Of(answer, time.GetUtcNow()) > options.LongestWait)),
        MaxRetryAttempts = options.MostRetries,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = options.FirstPause,
        MaxDelay = options.LongestPause,
        DelayGenerator = attempt => ValueTask.FromResult(attempt.Outcome.Result is { } answer ? HubWaits.Of(answer, time.GetUtcNow()) : null),
        OnRetry = attempt =>
        {
            if (attempt.Outcome.Result is { } answer && HubWaits.Of(answer, time.GetUtcNow()) is not null)
            {
                notices?.Invoke($"{answer.RequestMessage?.RequestUri?.Host ?? "The hub"} asks to wait {attempt.RetryDelay.TotalSeconds:0} s.");
            }

            return default;
        },
    };
}
