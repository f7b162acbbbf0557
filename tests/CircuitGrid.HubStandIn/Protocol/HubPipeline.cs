using CircuitGrid.HubStandIn.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>A request's way: into the log, through what is to go wrong, past the rate limit, to its answer.</summary>
internal sealed class HubPipeline(HubState hub, CancellationToken stopping)
{
    public async Task AnswerAsync(HttpContext context, StandInHost host)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var exchange = Begin(context, host, ended.Token);
        try
        {
            if (hub.Options.Latency > TimeSpan.Zero)
            {
                await Task.Delay(hub.Options.Latency, hub.Options.Time, ended.Token);
            }

            foreach (var fault in hub.Faults.Met(exchange.Log))
            {
                exchange.Log.Fault = exchange.Log.Fault is { } earlier ? $"{earlier}, {fault}" : fault.ToString();
                await fault.ApplyAsync(exchange);
                if (exchange.IsAnswered)
                {
                    return;
                }
            }

            if (host == StandInHost.Hub && !await WithinRateAsync(exchange))
            {
                return;
            }

            await RouteAsync(exchange);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            context.Abort();
        }
    }

    private static async Task<bool> WithinRateAsync(Exchange exchange)
    {
        var (within, header) = exchange.Window.Take();
        exchange.Response.Headers["RateLimit"] = header;
        exchange.Response.Headers["RateLimit-Policy"] = exchange.Window.Policy;
        if (!within)
        {
            await exchange.ErrorAsync(StatusCodes.Status429TooManyRequests, null, "We had to rate limit you.");
        }

        return within;
    }

    private static Task RouteAsync(Exchange exchange)
    {
        var kind = exchange.Target.Kind;
        var method = exchange.Request.Method;
        var reads = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        var here = exchange.Log.Host switch
        {
            StandInHost.Hub => kind != RequestKind.Large,
            StandInHost.Storage => kind == RequestKind.Large,
            _ => true,
        };
        return kind switch
        {
            _ when !here => exchange.ErrorAsync(StatusCodes.Status404NotFound, null, "Not found"),
            RequestKind.PathsInfo when HttpMethods.IsPost(method) => ListingEndpoints.PathsInfoAsync(exchange),
            RequestKind.References when reads => ListingEndpoints.ReferencesAsync(exchange),
            RequestKind.Model when reads => ListingEndpoints.ModelAsync(exchange),
            RequestKind.Tree when reads => ListingEndpoints.TreeAsync(exchange),
            RequestKind.Commits when reads => ListingEndpoints.CommitsAsync(exchange),
            RequestKind.Resolve or RequestKind.ResolveCache or RequestKind.Raw when reads => FileEndpoints.ResolveAsync(exchange),
            RequestKind.Large when reads => FileEndpoints.LargeAsync(exchange),
            _ => exchange.ErrorAsync(StatusCodes.Status404NotFound, null, "Sorry, we can't find the page you are looking for."),
        };
    }

    private Exchange Begin(HttpContext context, StandInHost host, CancellationToken cancellation)
    {
        var sent = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var target = HubTarget.Parse(sent);
        var large = target.Kind == RequestKind.Large ? hub.Objects.Find(sent) : null;
        var headers = context.Request.Headers;
        string? Header(string name) => headers.TryGetValue(name, out var value) ? value.ToString() : null;
        var log = hub.Requests.Add(number => new()
        {
            Number = number,
            Host = host,
            Method = context.Request.Method,
            Target = sent,
            Kind = target.Kind,
            Repository = large?.Repository ?? target.Repository,
            Revision = large?.Commit ?? target.Revision,
            Path = large?.Path ?? target.Path,
            Range = Header("Range"),
            HadAuthorization = headers.ContainsKey("Authorization"),
            IfNoneMatch = Header("If-None-Match"),
            UserAgent = headers.UserAgent.ToString(),
            At = hub.Options.Time.GetElapsedTime(hub.Started),
        });
        return new(hub, context, target, log, cancellation);
    }
}
