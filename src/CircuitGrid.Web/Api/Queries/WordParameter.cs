using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace CircuitGrid.Web.Api.Queries;

/// <summary>A value of an enumeration, by the word that answers have for it and by nothing else.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
/// <inheritdoc cref="QueryParameter"/>
public sealed class WordParameter<T>(string name, string summary) : QueryParameter(name, summary)
    where T : struct, Enum
{
    private readonly ImmutableArray<(string Word, T Value)> words = [.. Enum.GetValues<T>().Select(v => (JsonSerializer.SerializeToElement(v, ApiJson.Options).GetString()!, v))];

    internal override OpenApiSchema Schema => new() { Type = JsonSchemaType.String, Enum = [.. words.Select(w => (JsonNode)w.Word)] };

    /// <summary>The request's value; <see langword="null"/> where it has none.</summary>
    public T? Of(HttpRequest request) => Find(request) is { } text ? words.First(w => string.Equals(w.Word, text, StringComparison.Ordinal)).Value : null;

    internal override string? FaultOf(string text)
    {
        string[] known = [.. words.Select(w => w.Word)];
        return known.Contains(text, StringComparer.Ordinal) ? null : KnownNames.Of(text, known);
    }
}
