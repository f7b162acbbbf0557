using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Grains.Comparisons;
using CircuitGrid.Graphs;
using CircuitGrid.Web.Api.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using QuikGraph;

namespace CircuitGrid.Silo;

/// <summary>Circuits as graphs, over HTTP: <c>/api/v1/results/{key}/paths</c>, <c>/components</c>, <c>/graphml</c>, <c>/dot</c>, <c>/difference/{other}</c>.</summary>
internal static class GraphEndpoints
{
    private const string GraphMl = "application/graphml+xml";
    private const string Dot = "text/vnd.graphviz";

    private static readonly NumberParameter Count = new("count", "Most paths to give; 10 where it isn't given.", least: 1, most: 1000);
    private static readonly WordParameter<GraphFormat> Format = new("format", "How to write the graph; graphml where it isn't given.");

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var result = endpoints.MapGroup("/api/v1/results/{key:regex(^[0-9a-f]{{64}}$)}");
        result.MapGet("/paths", (string key, HttpRequest request, IExperimentHost host, CancellationToken cancellation) =>
            WithAsync(host, key, graph => Results.Ok(CircuitGraphs.StrongestPaths(graph, Count.Of(request) ?? 10).Select(p => new { p.Strength, Edges = p.Edges.Select(e => e.Name) })), cancellation)).WithQuery(Count);
        result.MapGet("/components", (string key, IExperimentHost host, CancellationToken cancellation) =>
            WithAsync(host, key, graph => Results.Ok(CircuitGraphs.Components(graph).Select(c => c.Select(n => n.Name))), cancellation));
        result.MapGet("/graphml", (string key, IExperimentHost host, CancellationToken cancellation) => WithAsync(host, key, AsGraphMl, cancellation));
        result.MapGet("/dot", (string key, IExperimentHost host, CancellationToken cancellation) => WithAsync(host, key, AsDot, cancellation));
        result.MapGet("/difference/{other:regex(^[0-9a-f]{{64}}$)}", async (string key, string other, HttpRequest request, IExperimentHost host, CancellationToken cancellation) =>
        {
            if (await host.Grid.ReadAsync(new(key), cancellation) is not { } before || await host.Grid.ReadAsync(new(other), cancellation) is not { } after)
            {
                return NoResult();
            }

            if (before.Graph != after.Graph)
            {
                return Results.Problem(statusCode: StatusCodes.Status400BadRequest, detail: "The circuits are of different graphs.");
            }

            var difference = ResultGraphs.Difference(before, after);
            return Format.Of(request) == GraphFormat.Dot ? AsDot(difference) : AsGraphMl(difference);
        }).WithQuery(Format);
    }

    private static async Task<IResult> WithAsync(
        IExperimentHost host, string key, Func<BidirectionalGraph<CircuitNode, ScoredEdge>, IResult> answer, CancellationToken cancellation) =>
        await host.Grid.ReadAsync(new(key), cancellation) is { } result
            ? answer(ResultGraphs.Of(result))
            : NoResult();

    private static IResult NoResult() => Results.Problem(statusCode: StatusCodes.Status404NotFound, detail: "There is no result of a task under that key.");

    private static IResult AsGraphMl(BidirectionalGraph<CircuitNode, ScoredEdge> graph)
    {
        using var stream = new MemoryStream();
        GraphMlWriter.Write(stream, graph);
        return Results.Bytes(stream.ToArray(), GraphMl);
    }

    private static IResult AsDot(BidirectionalGraph<CircuitNode, ScoredEdge> graph)
    {
        using var text = new StringWriter();
        DotWriter.Write(text, graph);
        return Results.Text(text.ToString(), Dot);
    }
}
