using System.Globalization;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Models.Files;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Web.Api.Deadlines;

/// <summary>
/// Carries out what requests ask for, apart from them: a request waits for its work until the deadline, until its client is gone or until storage is found
/// to be away, and then goes, whatever has become of the work. Work that neither ends nor heeds its token is counted until it does, so that there is never
/// more of it than a few threads.
/// </summary>
/// <param name="options">The deadlines.</param>
/// <param name="logger">Hears of work that goes on after its deadline.</param>
/// <param name="storage">What the host knows of its storage.</param>
internal sealed partial class RequestWork(CircuitGridApiOptions options, ILogger<RequestWork> logger, IStorageWatch? storage = null)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(10);

    private readonly Crowd quick = new();
    private readonly Crowd others = new();

    /// <summary>Does something for a request.</summary>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="work">What to do; it must not touch the request's context, which others may have by the time that it ends.</param>
    /// <param name="aborted">Whether the client is gone.</param>
    /// <exception cref="ApiException">It takes too long, storage is away, or too much is at work.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task<T> RunAsync<T>(RequestDeadline deadline, Func<CancellationToken, Task<T>> work, CancellationToken aborted)
    {
        RequireStorage(deadline);
        var (crowd, most) = deadline.Kind == DeadlineKind.Quick ? (quick, options.Deadlines.MostQuick) : (others, options.Deadlines.MostLong);
        if (!crowd.TryEnter(most))
        {
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable,
                string.Create(CultureInfo.InvariantCulture, $"The server is busy: {most} requests of this kind wait for its grid or storage already. Try again later."),
                Soon);
        }

        var stop = new CancellationTokenSource();
        var task = Task.Run(() => work(stop.Token), stop.Token);
        _ = EndAsync(task, stop, crowd);
        try
        {
            return await WaitAsync(deadline, task, aborted);
        }
        finally
        {
            if (!task.IsCompleted)
            {
                await stop.CancelAsync();
            }
        }
    }

    private async Task<T> WaitAsync<T>(RequestDeadline deadline, Task<T> task, CancellationToken aborted)
    {
        var limit = options.Deadlines.Of(deadline.Kind);
        var started = options.Time.GetTimestamp();
        var step = deadline.NeedsStorage && storage is not null && options.Deadlines.OutageLook < limit ? options.Deadlines.OutageLook : limit;
        while (!task.IsCompleted)
        {
            if (limit - options.Time.GetElapsedTime(started) is { Ticks: > 0 } left)
            {
                using var awake = CancellationTokenSource.CreateLinkedTokenSource(aborted);
                await Task.WhenAny(task, Task.Delay(left < step ? left : step, options.Time, awake.Token));
                await awake.CancelAsync();
                aborted.ThrowIfCancellationRequested();
                if (!task.IsCompleted)
                {
                    RequireStorage(deadline);
                }
            }
            else
            {
                LogLate(deadline.Awaited, limit.TotalSeconds);
                throw new ApiException(
                    StatusCodes.Status504GatewayTimeout,
                    string.Create(CultureInfo.InvariantCulture, $"{deadline.Awaited} wasn't there within {limit.TotalSeconds:0.###} s: what the server waits for, its grid, its files or its storage, hasn't answered."),
                    Soon);
            }
        }

        return await task;
    }

    private void RequireStorage(RequestDeadline deadline)
    {
        if (deadline.NeedsStorage && storage?.Outage is { } outage)
        {
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable,
                string.Create(CultureInfo.InvariantCulture, $"The server's storage hasn't answered since {outage.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC: {Text.OneLine(outage.Reason).TrimEnd('.')}. Try again later."),
                OutagePause);
        }
    }

    private static async Task EndAsync(Task task, CancellationTokenSource stop, Crowd crowd)
    {
        // what came of it is the request's business, or nobody's any more
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        crowd.Leave();
        stop.Dispose();
    }

    [LoggerMessage(LogLevel.Warning, "{Awaited} wasn't there within {Seconds} s; its request is answered so")]
    private partial void LogLate(string awaited, double seconds);

    /// <summary>How much is at work.</summary>
    private sealed class Crowd
    {
        private int count;

        public bool TryEnter(int most)
        {
            if (Interlocked.Increment(ref count) <= most)
            {
                return true;
            }

            Leave();
            return false;
        }

        public void Leave() => Interlocked.Decrement(ref count);
    }
}
