using System.Net.Mime;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace CircuitGrid.Web.Api;

/// <summary>What there is to say about an experiment's text without starting it.</summary>
internal static class DocumentEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("").WithTags("Texts");
        group.MapPost("/identities", IdentifyAsync).Accepts<ExperimentRequest>("application/json", "application/yaml").WithSummary("What the server calls an experiment.");
        group.MapPost("/plans", PlanAsync).NeedsStorage().Accepts<ExperimentRequest>("application/json", "application/yaml").WithSummary("Which of its results are there and which are missing.");
        group.MapPost("/reports", ReportAsync).NeedsStorage().Accepts<ExperimentRequest>("application/json", "application/yaml").Produces(StatusCodes.Status200OK, contentType: "application/json").WithSummary("The report's data.");
    }

    /// <summary>A plan for people elsewhere.</summary>
    public static PlanResource Describe(GridPlan plan, ExperimentTexts texts)
    {
        var described = PlanResource.Of(plan);
        return described with
        {
            Failures = [.. described.Failures.Select(f => f with { Reason = texts.Hide(f.Reason) })],
            LeftOut = [.. described.LeftOut.Select(l => l with { Reason = texts.Hide(l.Reason) })],
        };
    }

    public static IResult Answer(CachedReport report) =>
        TypedResults.Bytes(report.Json, MediaTypeNames.Application.Json, entityTag: new EntityTagHeaderValue($"\"{report.Tag}\""));

    private static async Task<ExperimentSpec> ReadAsync(HttpRequest request, ExperimentTexts texts, CancellationToken cancellation) =>
        texts.Parse((await ExperimentBody.ReadAsync(request, takesWatch: false, cancellation)).Yaml!);

    private static async Task<Ok<IdentityResource>> IdentifyAsync(HttpRequest request, ExperimentTexts texts, CancellationToken cancellation)
    {
        var spec = await ReadAsync(request, texts, cancellation);
        return TypedResults.Ok(new IdentityResource(ExperimentTexts.IdOf(spec), spec.Name));
    }

    private static async Task<Ok<PlanResource>> PlanAsync(HttpRequest request, IExperimentHost host, ExperimentTexts texts, CancellationToken cancellation) =>
        TypedResults.Ok(Describe(await host.Grid.PlanAsync(await ReadAsync(request, texts, cancellation), cancellation), texts));

    private static async Task<IResult> ReportAsync(HttpRequest request, ExperimentTexts texts, ReportCache reports, CancellationToken cancellation) =>
        Answer(await reports.ReadAsync(await ReadAsync(request, texts, cancellation), cancellation));
}
