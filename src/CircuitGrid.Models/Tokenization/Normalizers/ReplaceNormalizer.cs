using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization.Normalizers;

/// <summary>A text in the place of every match of a pattern.</summary>
internal sealed class ReplaceNormalizer(FilePattern pattern, string content) : INormalizer
{
    public bool MayRemoveStart => content.Length == 0;

    public static INormalizer Read(JsonInput part, ForeignKeys foreign) =>
        new ReplaceNormalizer(FilePattern.Read(part.Require("pattern"), foreign), part.Require("content").AsString());

    public string Apply(string text) => pattern.Replace(text, content);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        pattern.Write(json, "pattern");
        json.WriteString("content", content);
        json.WriteEndObject();
    }
}
