using System.Net.Mime;
using CircuitGrid.Circuits.Files;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace CircuitGrid.Web.Api;

/// <summary>Results by their keys. What is under a key never changes.</summary>
internal static class ResultEndpoints
{
    private const int KeyDigits = 64;

    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/results/{key}").WithTags("Results").NeedsStorage();
        group.MapGet("/", ReadAsync).WithSummary("A cell's figures.");
        group.MapGet("/bytes", BytesAsync).Produces(StatusCodes.Status200OK, contentType: "application/octet-stream").WithSummary("A result as the store keeps it.");
        group.MapGet("/provenance", ProvenanceAsync).WithSummary("Where a result comes from.");
        group.MapGet("/circuit", CircuitAsync).WithSummary("The circuit's nodes, and its edges with their scores.");
        group.MapGet("/graph", GraphAsync).Produces(StatusCodes.Status200OK, contentType: "application/json").WithSummary("The graph file of the EAP-IG library.");
    }

    private static async Task<Ok<ResultResource>> ReadAsync(string key, IExperimentHost host, HttpResponse response, CancellationToken cancellation)
    {
        var found = ResultResource.Of(new(key), await RequireAsync(key, host, cancellation));
        KeepForever(response);
        return TypedResults.Ok(found);
    }

    private static async Task<IResult> BytesAsync(string key, IExperimentHost host, HttpResponse response, CancellationToken cancellation)
    {
        var bytes = IsKey(key) && await host.Grid.ReadHeadsAsync(new(key), cancellation) is { } heads
            ? HeadScoresCodec.Encode(heads)
            : CellResultCodec.Encode(await RequireAsync(key, host, cancellation));
        KeepForever(response);
        return TypedResults.Bytes(bytes, MediaTypeNames.Application.Octet);
    }

    private static async Task<Ok<Provenance>> ProvenanceAsync(string key, IExperimentHost host, CancellationToken cancellation) =>
        IsKey(key) && await host.Grid.ReadProvenanceAsync(new(key), cancellation) is { } provenance
            ? TypedResults.Ok(provenance)
            : throw new ApiException(StatusCodes.Status404NotFound, ApiText.NoResult);

    private static async Task<Ok<CircuitResource>> CircuitAsync(string key, IExperimentHost host, HttpResponse response, CancellationToken cancellation)
    {
        var found = CircuitResource.Of(new(key), await RequireAsync(key, host, cancellation));
        KeepForever(response);
        return TypedResults.Ok(found);
    }

    private static async Task<IResult> GraphAsync(string key, IExperimentHost host, HttpResponse response, CancellationToken cancellation)
    {
        var result = await RequireAsync(key, host, cancellation);
        KeepForever(response);
        var document = new GraphDocument(new CircuitGraph(result.Graph), result.Scores, [.. Enumerable.Range(0, result.Scores.Length).Select(e => result.Edges[e])]);
        using var file = new MemoryStream();
        GraphFile.Write(file, document);
        return TypedResults.Bytes(file.ToArray(), MediaTypeNames.Application.Json);
    }

    private static async Task<CellResult> RequireAsync(string key, IExperimentHost host, CancellationToken cancellation) =>
        (IsKey(key) ? await host.Grid.ReadAsync(new(key), cancellation) : null) ?? throw new ApiException(StatusCodes.Status404NotFound, ApiText.NoResult);

    private static bool IsKey(string key) => key.Length == KeyDigits && key.All(char.IsAsciiHexDigitLower);

    private static void KeepForever(HttpResponse response) => response.Headers.CacheControl = "private, max-age=31536000, immutable";
}
