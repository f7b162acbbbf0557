using CircuitGrid.Experiments.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CircuitGrid.Web.Api;

/// <summary>Requests that can't be answered without storage end at once while it is away, and say since when.</summary>
internal static class StorageNeed
{
    /// <summary>Says that the endpoints read what is stored.</summary>
    public static T NeedsStorage<T>(this T endpoints)
        where T : IEndpointConventionBuilder => endpoints.AddEndpointFilter(RefuseAsync);

    /// <exception cref="StorageOutageException">Storage is away.</exception>
    private static ValueTask<object?> RefuseAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.RequestServices.GetService<IStorageWatch>()?.Outage is { } outage
            ? throw new StorageOutageException(outage)
            : next(context);
}
