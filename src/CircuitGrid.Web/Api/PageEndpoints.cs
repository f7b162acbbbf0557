using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Web.Reports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace CircuitGrid.Web.Api;

/// <summary>The report's page with the data of the moment: the latest experiment's at the root, and every one's under its id.</summary>
internal static class PageEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/", LatestAsync).NeedsStorage().ExcludeFromDescription();
        endpoints.MapGet("/experiments/{id}", OfAsync).NeedsStorage().ExcludeFromDescription();
    }

    private static async Task<IResult> LatestAsync(IExperimentHost host, ExperimentTexts texts, ReportCache reports, HttpResponse response, CancellationToken cancellation) =>
        await host.ListAsync(cancellation) is [var latest, ..]
            ? await OfAsync(latest.Id, host, texts, reports, response, cancellation)
            : throw new ApiException(StatusCodes.Status404NotFound, "No experiment has been started here yet; 'circuitgrid run EXPERIMENT --server ADDRESS' starts one.");

    private static async Task<IResult> OfAsync(string id, IExperimentHost host, ExperimentTexts texts, ReportCache reports, HttpResponse response, CancellationToken cancellation)
    {
        var spec = await ExperimentEndpoints.SpecAsync(id, host, texts, cancellation);
        var report = await reports.ReadAsync(spec, cancellation);
        response.Headers.ContentSecurityPolicy = PageTemplate.ContentSecurityPolicy;
        response.Headers.CacheControl = "private, no-cache";
        return TypedResults.Stream(
            stream => ReportWriter.WriteAsync(stream, report.Json),
            "text/html; charset=utf-8",
            entityTag: new EntityTagHeaderValue($"\"{report.Tag}\""));
    }
}
