using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace CircuitGrid.Web.Api.Queries;

/// <summary>A request's query as it was sent. The framework's own collection takes names of other capitals for the same.</summary>
internal static class RequestQuery
{
    public static IReadOnlyList<(string Name, string Value)> Of(HttpRequest request)
    {
        var pairs = new List<(string, string)>();
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            pairs.Add((pair.DecodeName().ToString(), pair.DecodeValue().ToString()));
        }

        return pairs;
    }
}
