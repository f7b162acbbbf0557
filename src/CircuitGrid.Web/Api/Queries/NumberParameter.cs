using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace CircuitGrid.Web.Api.Queries;

/// <summary>A whole number in decimal digits.</summary>
/// <param name="name">Its name.</param>
/// <param name="summary">What it is for.</param>
/// <param name="least">The least it can be, 0 or more.</param>
/// <param name="most">The most it can be.</param>
public sealed class NumberParameter(string name, string summary, int least, int most) : QueryParameter(name, summary)
{
    internal override OpenApiSchema Schema => new()
    {
        Type = JsonSchemaType.Integer,
        Format = "int32",
        Minimum = least.ToString(CultureInfo.InvariantCulture),
        Maximum = most.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The request's value; <see langword="null"/> where it has none.</summary>
    public int? Of(HttpRequest request) => Find(request) is { } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    internal override string? FaultOf(string text) =>
        // parsing alone passes over NULs at the end
        text.All(char.IsAsciiDigit) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"; it must be a whole number from {least} to {most}");
}
