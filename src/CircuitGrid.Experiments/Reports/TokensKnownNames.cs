using System.Text.Json;
using System.Text.Json.Serialization;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Reports;

/// <summary>The words that files have for how tokens are known.</summary>
public static class TokensKnownNames
{
    /// <summary>Reads and writes them in JSON.</summary>
    public static JsonConverter Converter { get; } = new JsonStringEnumConverter<TokensKnown>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

    /// <summary><c>counted</c>, <c>rounded</c>, <c>assumed</c> or <c>unknown</c>.</summary>
    public static string Of(TokensKnown known) => JsonNamingPolicy.KebabCaseLower.ConvertName(known.ToString());
}
