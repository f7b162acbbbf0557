using System.Globalization;
using CircuitGrid.Web.Hosting;
using Microsoft.AspNetCore.Http;

namespace CircuitGrid.Web.Api.Deadlines;

/// <summary>Has every endpoint answer by its deadline (<see cref="RequestDeadline"/>), whatever its handler does.</summary>
internal sealed class BoundedRequests(RequestWork work, CircuitGridApiOptions options, IServiceProvider services) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var real = context.HttpContext;
        var metadata = real.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<EndsByItself>() is not null)
        {
            real.Features.Get<TrackedConnection>()?.BeginRequest();
            return await next(context);
        }

        var deadline = metadata?.GetMetadata<RequestDeadline>() ?? RequestDeadline.Default;
        var detached = await ReadAsync(real, deadline);
        real.Features.Get<TrackedConnection>()?.BeginRequest();
        var answer = await work.RunAsync(deadline, stop => next(detached.Call(context, stop)).AsTask(), real.RequestAborted);
        await detached.PutIntoAsync(real.Response, real.RequestAborted);
        return answer;
    }

    private async Task<DetachedRequest> ReadAsync(HttpContext real, RequestDeadline deadline)
    {
        var limit = options.Deadlines.Of(deadline.Kind);
        using var late = new CancellationTokenSource(limit, options.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, real.RequestAborted);
        try
        {
            return await DetachedRequest.OfAsync(real, services, stop.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !real.RequestAborted.IsCancellationRequested)
        {
            throw new ApiException(
                StatusCodes.Status408RequestTimeout,
                string.Create(CultureInfo.InvariantCulture, $"The request's body wasn't there within {limit.TotalSeconds:0.###} s."));
        }
        catch (OperationCanceledException)
        {
            // the connection is over, be it the client's doing or the server's: no error of anybody's here
            throw new ApiException(StatusCodes.Status400BadRequest, "The request's body broke off.");
        }
    }
}
