using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Web.Api.Deadlines;
using CircuitGrid.Web.Api.Health;
using CircuitGrid.Web.Api.Queries;
using CircuitGrid.Web.Hosting.Browsers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CircuitGrid.Web.Api;

/// <summary>The HTTP API over an <see cref="IExperimentHost"/>, which the application registers itself.</summary>
public static class CircuitGridApi
{
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
        services.TryAddSingleton<Draining>();
        services.AddSingleton<RequestWork>();
        services.AddSingleton<EventStream>();
        services.AddSingleton<ReportCache>();
        services.AddRouting();
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        services.AddProblemDetails(p => p.CustomizeProblemDetails = c => c.ProblemDetails.Extensions.Clear());
        services.AddExceptionHandler<ApiErrors>();
        services.AddOpenApi("v1", description => description.AddOperationTransformer<QueryDescription>());
        services.AddHealthChecks()
            .AddCheck<StoreHealth>("store", tags: [HealthTags.Ready])
            .AddCheck<GridHealth>("grid", tags: [HealthTags.Ready])
            .AddCheck<DrainHealth>("draining", tags: [HealthTags.Ready]);
        services.AddSingleton<IPostConfigureOptions<HealthCheckServiceOptions>, PromptChecks>();

        // it would log every answer; what changes is logged by the checks
        services.AddLogging(logging => logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None));
        return services;
    }

    /// <summary>Turns errors into problem details. Comes before everything else.</summary>
    public static IApplicationBuilder UseCircuitGridErrors(this IApplicationBuilder app) => app
        .UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = _ => true, AllowStatusCode404Response = true })
        .UseStatusCodePages();

    /// <summary>
    /// Maps pages, API, events, <c>/health…</c> and <c>/openapi/v1.json</c>. All of these, and what the application adds, are strict: they refuse query parameters
    /// that they don't name and bodies that they don't accept; and they end: by a deadline of their own, or by that of a look-up.
    /// </summary>
    /// <param name="endpoints">Where to.</param>
    /// <param name="more">Maps endpoints of the application's own.</param>
    public static IEndpointRouteBuilder MapCircuitGrid(this IEndpointRouteBuilder endpoints, Action<IEndpointRouteBuilder>? more = null)
    {
        var all = endpoints.MapGroup("").WithStrictRequests();
        var bounded = all.MapGroup("").AddEndpointFilter<RouteGroupBuilder, BoundedRequests>();
        var api = bounded.MapGroup("/api/v1");
        ExperimentEndpoints.Map(api);
        DocumentEndpoints.Map(api);
        ResultEndpoints.Map(api);
        PageEndpoints.Map(bounded);
        LogInEndpoints.Map(bounded);
        more?.Invoke(bounded);
        all.MapOpenApi("/openapi/{documentName}.json");
        HealthEndpoints.Map(all);
        return endpoints;
    }
}
