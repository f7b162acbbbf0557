using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Web.Api.Health;

/// <summary>
/// A health check that answers soon, whatever the one within does: at most one run of that is under way, apart from who asks, and one that doesn't end in time is unhealthy.
/// The log hears of what changes alone.
/// </summary>
internal sealed partial class PromptCheck(HealthCheckRegistration registration, IServiceProvider services, CircuitGridApiOptions options, ILogger<PromptCheck> logger) : IHealthCheck
{
    /// <summary>How long a run has to heed that it is too late; then another one may begin.</summary>
    private static readonly TimeSpan RunTime = TimeSpan.FromSeconds(10);

    private readonly string name = registration.Name;
    private readonly Func<IServiceProvider, IHealthCheck> create = registration.Factory;
    private readonly Lock gate = new();
    private Task<HealthCheckResult>? run;

    /// <summary>When the first of the runs without an answer began.</summary>
    private long unansweredSince;
    private HealthStatus last = HealthStatus.Healthy;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Task<HealthCheckResult> current;
        lock (gate)
        {
            if (run is null)
            {
                unansweredSince = unansweredSince is 0 ? Math.Max(1, options.Time.GetTimestamp()) : unansweredSince;
                run = Task.Run(() => RunAsync(context), CancellationToken.None);
            }

            current = run;
        }

        using var answered = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(current, Task.Delay(options.HealthPatience, options.Time, answered.Token));
        await answered.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        var result = current.IsCompletedSuccessfully ? await current : Unanswered(context);
        Note(result);
        return result;
    }

    private async Task<HealthCheckResult> RunAsync(HealthCheckContext context)
    {
        using var late = new CancellationTokenSource(RunTime, options.Time);
        try
        {
            await using var scope = services.CreateAsyncScope();
            var result = await create(scope.ServiceProvider).CheckHealthAsync(context, late.Token);
            End(hasAnswered: true);
            return result;
        }
        catch (OperationCanceledException)
        {
            End(hasAnswered: false);
            throw;
        }
        catch (Exception e)
        {
            // whatever it is: a check that fails is a finding
            End(hasAnswered: true);
            return new(context.Registration.FailureStatus, $"can't be asked: {e.GetType().Name}", e);
        }
    }

    private void End(bool hasAnswered)
    {
        lock (gate)
        {
            run = null;
            unansweredSince = hasAnswered ? 0 : unansweredSince;
        }
    }

    private HealthCheckResult Unanswered(HealthCheckContext context)
    {
        long since;
        lock (gate)
        {
            since = unansweredSince;
        }

        var waited = since is 0 ? options.HealthPatience : options.Time.GetElapsedTime(since);
        return new(context.Registration.FailureStatus, string.Create(CultureInfo.InvariantCulture, $"hasn't answered for {waited.TotalSeconds:0.0} s"));
    }

    private void Note(HealthCheckResult result)
    {
        lock (gate)
        {
            if (result.Status == last)
            {
                return;
            }

            last = result.Status;
        }

        if (result.Status == HealthStatus.Healthy)
        {
            LogWell(name, result.Description);
        }
        else
        {
            LogIll(name, result.Exception is { } exception ? $"{result.Description} ({exception.Message})" : result.Description);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Health: {Check} {Description}")]
    private partial void LogIll(string check, string? description);

    [LoggerMessage(LogLevel.Information, "Health: {Check} is well again: {Description}")]
    private partial void LogWell(string check, string? description);
}
