using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization.Normalizers;

/// <summary>A text before every piece that isn't empty.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public bool MayRemoveStart => false;

    public static INormalizer Read(JsonInput part, ForeignKeys foreign) => new PrependNormalizer(part.Require("prepend").AsString());

    public string Apply(string text) => text.Length > 0 ? prefix + text : text;

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Prepend");
        json.WriteString("prepend", prefix);
        json.WriteEndObject();
    }
}
