using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace CircuitGrid.Web.Api.Queries;

/// <summary>A name.</summary>
/// <inheritdoc cref="QueryParameter"/>
public sealed class TextParameter(string name, string summary) : QueryParameter(name, summary)
{
    internal override OpenApiSchema Schema => new() { Type = JsonSchemaType.String, MinLength = 1 };

    /// <summary>The request's value; <see langword="null"/> where it has none.</summary>
    public string? Of(HttpRequest request) => Find(request);

    /// <summary>Refuses a name of nothing that there is.</summary>
    /// <exception cref="ApiException">The name isn't among those known.</exception>
    internal void Require(string? text, IReadOnlyCollection<string> known)
    {
        if (text is not null && !known.Contains(text, StringComparer.Ordinal))
        {
            throw Refuse(text, KnownNames.Of(text, known));
        }
    }

    internal override string? FaultOf(string text) => text.Length == 0 ? "; leave it out, or give it a value" : null;
}
