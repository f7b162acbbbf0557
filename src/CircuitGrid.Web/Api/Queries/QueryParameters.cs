using System.Collections.Immutable;
using CircuitGrid.Models.Files;
using Microsoft.AspNetCore.Http;

namespace CircuitGrid.Web.Api.Queries;

/// <summary>The query parameters that an endpoint takes.</summary>
/// <param name="All">In the order people should see them.</param>
internal sealed record QueryParameters(ImmutableArray<QueryParameter> All)
{
    public static QueryParameters None { get; } = new([]);

    /// <summary>Refuses a query with a parameter that isn't among them, that is there twice, or whose value can't be.</summary>
    /// <exception cref="ApiException">The query has one.</exception>
    public void Require(HttpRequest request)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in RequestQuery.Of(request))
        {
            if (All.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.Ordinal)) is not { } parameter)
            {
                throw Refuse(All.IsEmpty
                    ? $"The query has a parameter '{Text.OneLine(name)}'; this address takes none."
                    : $"The query has no parameter '{Text.OneLine(name)}'{KnownNames.Of(name, [.. All.Select(p => p.Name)])}.");
            }

            if (!seen.Add(name))
            {
                throw Refuse($"The query has '{name}' twice; it can be given once.");
            }

            if (parameter.FaultOf(value) is { } fault)
            {
                throw parameter.Refuse(value, fault);
            }
        }
    }

    private static ApiException Refuse(string detail) => new(StatusCodes.Status400BadRequest, detail);
}
