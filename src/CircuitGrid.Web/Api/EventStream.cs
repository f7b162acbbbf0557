using System.Globalization;
using System.Text.Json;
using CircuitGrid.Experiments.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace CircuitGrid.Web.Api;

/// <summary>
/// An experiment's events as server-sent events. An event's id is that of the experiment's start and the event's number, so that
/// a follower that comes back goes on from there, and begins anew where the experiment has been started anew meanwhile.
/// </summary>
internal sealed class EventStream(IExperimentHost host, CircuitGridApiOptions options, IHostApplicationLifetime lifetime)
{
    private int followers;

    public async Task WriteAsync(HttpContext context, string id)
    {
        var experiment = await host.FindAsync(id, context.RequestAborted)
            ?? throw new ApiException(StatusCodes.Status404NotFound, ApiText.NoExperiment);
        if (Interlocked.Increment(ref followers) > options.MaxFollowers)
        {
            Interlocked.Decrement(ref followers);
            throw new HostBusyException("As many follow experiments as the server takes on; try again later.");
        }

        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            var started = experiment.Started.ToUnixTimeMilliseconds();
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await WriteAsync(context.Response, host.FollowAsync(id, After(context.Request, started), stop.Token), started, stop.Token);
            if (await host.FindAsync(id, stop.Token) is { } ended)
            {
                await context.Response.WriteAsync($"event: end\ndata: {JsonSerializer.Serialize(ExperimentResource.Of(ended, withText: false), ApiJson.Options)}\n\n", stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // the follower is gone, or the server ends
        }
        finally
        {
            Interlocked.Decrement(ref followers);
        }
    }

    private async Task WriteAsync(HttpResponse response, IAsyncEnumerable<HostedEvent> events, long started, CancellationToken cancellation)
    {
        await response.WriteAsync(": circuitgrid\n\n", cancellation);
        await response.Body.FlushAsync(cancellation);
        await using var reader = events.GetAsyncEnumerator(cancellation);
        while (true)
        {
            var next = reader.MoveNextAsync().AsTask();
            while (!next.IsCompleted && await Task.WhenAny(next, Task.Delay(options.Heartbeat, options.Time, cancellation)) != next)
            {
                cancellation.ThrowIfCancellationRequested();
                await response.WriteAsync(": alive\n\n", cancellation);
                await response.Body.FlushAsync(cancellation);
            }

            if (!await next)
            {
                return;
            }

            var happened = EventResource.Of(reader.Current);
            await response.WriteAsync(
                string.Create(CultureInfo.InvariantCulture, $"id: {started}.{happened.Sequence}\ndata: {JsonSerializer.Serialize(happened, ApiJson.Options)}\n\n"),
                cancellation);
            await response.Body.FlushAsync(cancellation);
        }
    }

    private static long After(HttpRequest request, long started) =>
        request.Headers["Last-Event-ID"].ToString().Split('.') is [var start, var sequence]
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && last == started
        && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var after)
            ? after
            : 0;
}
