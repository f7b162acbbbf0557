using CircuitGrid.Models.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace CircuitGrid.Web.Api.Queries;

/// <summary>
/// Endpoints that pass nothing over. An endpoint takes the query parameters that it names (<see cref="WithQuery"/>), and a body where it says which
/// (<c>Accepts</c>); one that names nothing takes nothing. Everything else is refused before the endpoint is asked.
/// </summary>
public static class StrictRequests
{
    /// <summary>Makes all endpoints of a group strict, whatever else they are.</summary>
    public static RouteGroupBuilder WithStrictRequests(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            if (endpoint.RequestDelegate is not { } answer)
            {
                return;
            }

            var known = endpoint.Metadata.OfType<QueryParameters>().LastOrDefault() ?? QueryParameters.None;
            var takesBody = endpoint.Metadata.OfType<IAcceptsMetadata>().Any();
            endpoint.RequestDelegate = async context =>
            {
                known.Require(context.Request);
                if (!takesBody && await HasBodyAsync(context))
                {
                    throw new ApiException(StatusCodes.Status400BadRequest, $"{context.Request.Method} {Text.OneLine(context.Request.Path.Value ?? "")} takes no body; send none.");
                }

                await answer(context);
            };
        });
        return group;
    }

    /// <summary>Names the query parameters that an endpoint reads.</summary>
    public static T WithQuery<T>(this T endpoint, params QueryParameter[] parameters)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new QueryParameters([.. parameters]));

    private static async Task<bool> HasBodyAsync(HttpContext context) =>
        context.Request.ContentLength is > 0
        || (context.Request.ContentLength is null
            && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
            && await ExperimentBody.ReadAsync(context.Request, new byte[1], context.RequestAborted) > 0);
}
