using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Web.Api.Queries;
using CircuitGrid.Web.Hosting;
using CircuitGrid.Web.Hosting.Browsers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CircuitGrid.Web.Api;

/// <summary>The HTTP API over an <see cref="IExperimentHost"/>, which the application registers itself.</summary>
public static class CircuitGridApi
{
    private const string StoreCheck = "store";

    /// <summary>
    /// Adds what the API needs. <see cref="IExperimentHost"/> has to be registered too, and <see cref="ICellStore"/> for an honest
    /// <c>/health</c>, to which the application may add checks of its own with <c>AddHealthChecks</c>. <see cref="ExperimentTexts"/> may be.
    /// </summary>
    /// <exception cref="Compute.InvalidInputException">There is no folder of suites.</exception>
    public static IServiceCollection AddCircuitGridApi(this IServiceCollection services, Action<CircuitGridApiOptions> configure)
    {
        var options = new CircuitGridApiOptions();
        configure(options);
        if (services.All(s => s.ServiceType != typeof(ExperimentTexts)))
        {
            services.AddSingleton(new ExperimentTexts(options.SuitesRoot, options.LinksInto));
        }

        services.TryAddSingleton(options.Time);
        services.AddSingleton(options);
        services.AddSingleton<EventStream>();
        services.AddSingleton<ReportCache>();
        services.AddRouting();
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        services.AddProblemDetails(p => p.CustomizeProblemDetails = c => c.ProblemDetails.Extensions.Remove("traceId"));
        services.AddExceptionHandler<ApiErrors>();
        services.AddOpenApi("v1", description => description.AddOperationTransformer<QueryDescription>());
        services.AddHealthChecks()
            .Add(new(StoreCheck, provider => provider.GetService<ICellStore>() is { } store ? new StoreHealth(store, provider.GetRequiredService<TimeProvider>(), provider.GetService<IStorageWatch>()) : new NoStore(), failureStatus: null, tags: null))
            .AddCheck<GridHealth>("grid");
        return services;
    }

    /// <summary>Turns errors into problem details. Comes before everything else.</summary>
    public static IApplicationBuilder UseCircuitGridErrors(this IApplicationBuilder app) => app
        .UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = _ => true, AllowStatusCode404Response = true })
        .UseStatusCodePages();

    /// <summary>
    /// Maps pages, API, events, <c>/health</c> and <c>/openapi/v1.json</c>. All of these, and what the application adds, are strict: they refuse query parameters
    /// that they don't name and bodies that they don't accept.
    /// </summary>
    /// <param name="endpoints">Where to.</param>
    /// <param name="more">Maps endpoints of the application's own.</param>
    public static IEndpointRouteBuilder MapCircuitGrid(this IEndpointRouteBuilder endpoints, Action<IEndpointRouteBuilder>? more = null)
    {
        var all = endpoints.MapGroup("").WithStrictRequests();
        var api = all.MapGroup("/api/v1");
        ExperimentEndpoints.Map(api);
        DocumentEndpoints.Map(api);
        ResultEndpoints.Map(api);
        PageEndpoints.Map(all);
        LogInEndpoints.Map(all);
        more?.Invoke(all);
        all.MapOpenApi("/openapi/{documentName}.json");
        all.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteHealthAsync }).WithMetadata(OpenToAll.Instance);
        return endpoints;
    }

    /// <summary>Who hasn't shown the token learns no more than a load balancer needs.</summary>
    private static Task WriteHealthAsync(HttpContext context, HealthReport report)
    {
        var status = report.Status == HealthStatus.Unhealthy ? "unhealthy" : "ok";
        return AccessControl.IsAuthorized(context)
            ? context.Response.WriteAsJsonAsync(
                new
                {
                    Status = status,
                    Checks = report.Entries.ToDictionary(e => e.Key, e => new { Status = e.Value.Status == HealthStatus.Healthy ? "ok" : "unhealthy", e.Value.Description, e.Value.Data }, StringComparer.Ordinal),
                },
                ApiJson.Options)
            : context.Response.WriteAsJsonAsync(new { Status = status }, ApiJson.Options);
    }

    /// <summary>Says nothing about a store that isn't registered.</summary>
    private sealed class NoStore : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(HealthCheckResult.Healthy("not looked at"));
    }
}
