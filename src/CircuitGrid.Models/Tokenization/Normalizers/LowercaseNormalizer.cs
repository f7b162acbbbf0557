using System.Text.Json;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tokenization.Normalizers;

/// <summary>Lower case, character by character.</summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    public bool MayRemoveStart => false;

    public static INormalizer Read(JsonInput part, ForeignKeys foreign) => new LowercaseNormalizer();

    public string Apply(string text) => Lowercase.Apply(text);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Lowercase");
        json.WriteEndObject();
    }
}
