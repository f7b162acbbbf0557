using System.Net.Mime;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CircuitGrid.Web.Api.Queries;

/// <summary>Puts the query parameters that endpoints take into the API's description, and what answers a request that has others.</summary>
internal sealed class QueryDescription : IOpenApiOperationTransformer
{
    private const string Refused = "400";

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var parameter in context.Description.ActionDescriptor.EndpointMetadata.OfType<QueryParameters>().LastOrDefault()?.All ?? [])
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter { Name = parameter.Name, In = ParameterLocation.Query, Description = parameter.Summary, Schema = parameter.Schema });
        }

        operation.Responses ??= [];
        operation.Responses.TryAdd(Refused, new OpenApiResponse
        {
            Description = "The request has something that isn't known or can't be; the problem details name it.",
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [MediaTypeNames.Application.ProblemJson] = new() },
        });
        return Task.CompletedTask;
    }
}
