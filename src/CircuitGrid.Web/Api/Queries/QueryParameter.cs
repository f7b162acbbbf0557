using CircuitGrid.Models.Files;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace CircuitGrid.Web.Api.Queries;

/// <summary>A parameter of an endpoint's query. The endpoint says that it takes it with <see cref="StrictRequests.WithQuery"/>, and then reads it.</summary>
/// <param name="name">Its name, which is matched exactly.</param>
/// <param name="summary">What it is for, in the API's description.</param>
public abstract class QueryParameter(string name, string summary)
{
    public string Name => name;

    public string Summary => summary;

    /// <summary>What its value can be, for the API's description.</summary>
    internal abstract OpenApiSchema Schema { get; }

    /// <summary>What it can be where a text can't be its value, to end a sentence with; <see langword="null"/> where it can.</summary>
    internal abstract string? FaultOf(string text);

    /// <summary>The refusal of a value.</summary>
    internal ApiException Refuse(string text, string wayOut) => new(StatusCodes.Status400BadRequest, $"The query's '{name}' can't be '{Text.OneLine(text)}'{wayOut}.");

    /// <summary>The value as the request has it; <see langword="null"/> where it has none.</summary>
    /// <exception cref="ApiException">It can't be the parameter's, or is there twice.</exception>
    private protected string? Find(HttpRequest request)
    {
        string? found = null;
        foreach (var (key, text) in RequestQuery.Of(request).Where(pair => string.Equals(pair.Name, name, StringComparison.Ordinal)))
        {
            if (found is not null)
            {
                throw new ApiException(StatusCodes.Status400BadRequest, $"The query has '{key}' twice; it can be given once.");
            }

            found = FaultOf(text) is { } fault ? throw Refuse(text, fault) : text;
        }

        return found;
    }
}
