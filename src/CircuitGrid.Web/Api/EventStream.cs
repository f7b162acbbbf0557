using System.Globalization;
using System.Text.Json;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Web.Api.Deadlines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace CircuitGrid.Web.Api;

/// <summary>
/// An experiment's events as server-sent events. An event's id is that of the experiment's start and the event's number, so that
/// a follower that comes back goes on from there, and begins anew where the experiment has been started anew meanwhile.
/// One that doesn't take what is written to it is dropped.
/// </summary>
internal sealed class EventStream(IExperimentHost host, RequestWork work, CircuitGridApiOptions options, IHostApplicationLifetime lifetime)
{
    private static readonly RequestDeadline State = new(DeadlineKind.Quick, "The experiment's state", NeedsStorage: false);

    private readonly FollowerTable followers = new(options);

    public async Task WriteAsync(HttpContext context, string id)
    {
        var aborted = context.RequestAborted;
        var experiment = await work.RunAsync(State, stop => host.FindAsync(id, stop), aborted)
            ?? throw new ApiException(StatusCodes.Status404NotFound, ApiText.NoExperiment);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        using var follower = followers.Add(context, stop.Token);
        try
        {
            var started = experiment.Started.ToUnixTimeMilliseconds();
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await WriteAsync(follower, id, After(context.Request, started), started, stop.Token);
            if (await work.RunAsync(State, look => host.FindAsync(id, look), stop.Token) is { } ended)
            {
                await follower.WriteAsync($"event: end\ndata: {JsonSerializer.Serialize(ExperimentResource.Of(ended, withText: false), ApiJson.Options)}\n\n");
            }
        }
        catch (OperationCanceledException)
        {
            // the follower is gone, or the server ends
        }
        catch (ApiException) when (context.Response.HasStarted)
        {
            // too late for a status: a follower that hears no end comes back
            context.Abort();
        }
    }

    private async Task WriteAsync(Follower follower, string id, long after, long started, CancellationToken cancellation)
    {
        await follower.WriteAsync(": circuitgrid\n\n");
        using var heartbeat = new PeriodicTimer(options.Heartbeat, options.Time);
        var alive = heartbeat.WaitForNextTickAsync(cancellation).AsTask();
        var reader = host.FollowAsync(id, after, cancellation).GetAsyncEnumerator(cancellation);
        Task<bool>? next = null;
        try
        {
            while (true)
            {
                next = Task.Run(() => reader.MoveNextAsync().AsTask(), cancellation);
                while (!next.IsCompleted && await Task.WhenAny(next, alive) == alive)
                {
                    await alive;
                    await follower.WriteAsync(": alive\n\n");
                    alive = heartbeat.WaitForNextTickAsync(cancellation).AsTask();
                }

                if (!await next)
                {
                    return;
                }

                var happened = EventResource.Of(reader.Current);
                await follower.WriteAsync(
                    string.Create(CultureInfo.InvariantCulture, $"id: {started}.{happened.Sequence}\ndata: {JsonSerializer.Serialize(happened, ApiJson.Options)}\n\n"));
            }
        }
        finally
        {
            _ = EndAsync(reader, next);
        }
    }

    /// <summary>A host that doesn't heed its token is left to itself; an enumerator can't be disposed before it answers.</summary>
    private static async Task EndAsync(IAsyncEnumerator<HostedEvent> reader, Task<bool>? next)
    {
        if (next is not null)
        {
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        await reader.DisposeAsync();
    }

    private static long After(HttpRequest request, long started) =>
        request.Headers["Last-Event-ID"].ToString().Split('.') is [var start, var sequence]
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && last == started
        && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var after)
            ? after
            : 0;
}
