using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization.Normalizers;

/// <summary>No white space at the beginning, the end or both.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public bool MayRemoveStart => left;

    public static INormalizer Read(JsonInput part, ForeignKeys foreign) =>
        new StripNormalizer(part.Require("strip_left").AsBoolean(), part.Require("strip_right").AsBoolean());

    public string Apply(string text) => (left, right) switch
    {
        (true, true) => text.Trim(),
        (true, false) => text.TrimStart(),
        (false, true) => text.TrimEnd(),
        _ => text,
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Strip");
        json.WriteBoolean("strip_left", left);
        json.WriteBoolean("strip_right", right);
        json.WriteEndObject();
    }
}
