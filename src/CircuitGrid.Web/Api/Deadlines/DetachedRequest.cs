using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace CircuitGrid.Web.Api.Deadlines;

/// <summary>
/// An endpoint's call apart from its request. The handler gets a copy of the request, with its body, and a response of its own; what it has left there goes into the real one
/// when it has ended in time. A handler that hasn't can go on with its copies: the real context serves the next request by then.
/// </summary>
internal sealed class DetachedRequest
{
    private readonly DefaultHttpContext copy = new();

    private DetachedRequest(HttpContext real, byte[] body, IServiceProvider services)
    {
        var (from, to) = (real.Request, copy.Request);
        (to.Method, to.Protocol, to.Scheme, to.Host, to.PathBase, to.Path, to.QueryString) = (from.Method, from.Protocol, from.Scheme, from.Host, from.PathBase, from.Path, from.QueryString);
        foreach (var (name, value) in from.Headers)
        {
            to.Headers[name] = value;
        }

        to.RouteValues = new(from.RouteValues);
        to.Body = new MemoryStream(body, writable: false);
        foreach (var (key, value) in real.Items)
        {
            copy.Items[key] = value;
        }

        copy.SetEndpoint(real.GetEndpoint());
        copy.RequestServices = services;
        copy.Response.Body = new MemoryStream();
    }

    /// <summary>Copies a request, and reads its body where the endpoint takes one.</summary>
    /// <param name="real">The request's context.</param>
    /// <param name="services">Services that outlive the request.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="ApiException">The body is too large.</exception>
    public static async Task<DetachedRequest> OfAsync(HttpContext real, IServiceProvider services, CancellationToken cancellation)
    {
        var takesBody = real.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is not null;
        return new(real, takesBody ? await ExperimentBody.ReadBytesAsync(real.Request, cancellation) : [], services);
    }

    /// <summary>The call with whatever is the request's replaced by copies.</summary>
    /// <param name="invocation">The real call.</param>
    /// <param name="stop">Ends when nobody waits for the handler any more.</param>
    public EndpointFilterInvocationContext Call(EndpointFilterInvocationContext invocation, CancellationToken stop)
    {
        copy.RequestAborted = stop;
        return new DefaultEndpointFilterInvocationContext(copy, [.. invocation.Arguments.Select(argument => (object)(argument switch
        {
            HttpContext => copy,
            HttpRequest => copy.Request,
            HttpResponse => copy.Response,
            CancellationToken => stop,
            _ => argument!,
        }))]);
    }

    /// <summary>Takes over what a handler that has ended left in its response.</summary>
    public async Task PutIntoAsync(HttpResponse response, CancellationToken cancellation)
    {
        response.StatusCode = copy.Response.StatusCode;
        foreach (var (name, value) in copy.Response.Headers)
        {
            response.Headers[name] = value;
        }

        if (copy.Response.Body is MemoryStream { Length: > 0 } answer)
        {
            await response.Body.WriteAsync(answer.ToArray(), cancellation);
        }
    }
}
