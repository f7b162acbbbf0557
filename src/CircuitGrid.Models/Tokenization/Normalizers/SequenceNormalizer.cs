using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization.Normalizers;

/// <summary>One step after the other.</summary>
internal sealed class SequenceNormalizer(ImmutableArray<INormalizer> steps) : INormalizer
{
    public bool MayRemoveStart => steps.Any(s => s.MayRemoveStart);

    public static INormalizer Read(JsonInput part, ForeignKeys foreign) =>
        new SequenceNormalizer([.. part.Require("normalizers").Items().Select(item => NormalizerReader.Read(item, foreign))]);

    public string Apply(string text) => steps.Aggregate(text, (result, step) => step.Apply(result));

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("normalizers");
        foreach (var step in steps)
        {
            step.Write(json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
