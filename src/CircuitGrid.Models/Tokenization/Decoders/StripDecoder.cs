using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization.Decoders;

/// <summary>A character taken from the beginning and the end of each text, up to so many times.</summary>
internal sealed class StripDecoder(string content, int start, int stop) : IDecoder
{
    private const int Most = 1_000_000;

    public static IDecoder Read(JsonInput part, ForeignKeys foreign) => new StripDecoder(
        PartReader.Character(part.Require("content")), (int)part.Require("start").AsInteger(0, Most), (int)part.Require("stop").AsInteger(0, Most));

    public List<string> Decode(List<string> tokens, bool isWhole) => isWhole ? tokens.ConvertAll(Strip) : tokens;

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Strip");
        json.WriteString("content", content);
        json.WriteNumber("start", start);
        json.WriteNumber("stop", stop);
        json.WriteEndObject();
    }

    private string Strip(string token)
    {
        var rest = token.AsSpan();
        for (var i = 0; i < start && rest.StartsWith(content, StringComparison.Ordinal); i++)
        {
            rest = rest[content.Length..];
        }

        for (var i = 0; i < stop && rest.EndsWith(content, StringComparison.Ordinal); i++)
        {
            rest = rest[..^content.Length];
        }

        return rest.ToString();
    }
}
