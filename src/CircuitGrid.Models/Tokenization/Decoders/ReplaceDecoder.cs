using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization.Decoders;

/// <summary>A text in the place of every match of a pattern.</summary>
internal sealed class ReplaceDecoder(FilePattern pattern, string content) : IDecoder
{
    public static IDecoder Read(JsonInput part, ForeignKeys foreign) =>
        new ReplaceDecoder(FilePattern.Read(part.Require("pattern"), foreign), part.Require("content").AsString());

    public List<string> Decode(List<string> tokens, bool isWhole) => tokens.ConvertAll(token => pattern.Replace(token, content));

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        pattern.Write(json, "pattern");
        json.WriteString("content", content);
        json.WriteEndObject();
    }
}
