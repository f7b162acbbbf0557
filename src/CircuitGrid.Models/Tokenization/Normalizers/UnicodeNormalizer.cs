using System.Text;
using System.Text.Json;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tokenization.Normalizers;

/// <summary>A normalisation form of Unicode.</summary>
internal sealed class UnicodeNormalizer(NormalizationForm form) : INormalizer
{
    public bool MayRemoveStart => false;

    public static INormalizer Read(JsonInput part, ForeignKeys foreign) =>
        new UnicodeNormalizer(Enum.Parse<NormalizationForm>("Form" + part.Require("type").AsString()[2..]));

    public string Apply(string text) => UnicodeNormalization.Apply(text, form);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", $"NF{form.ToString()["Form".Length..]}");
        json.WriteEndObject();
    }
}
