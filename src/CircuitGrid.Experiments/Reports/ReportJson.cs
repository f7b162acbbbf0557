using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Writes reports and summaries as JSON.</summary>
public static class ReportJson
{
    /// <summary>Camel case, nulls written out.</summary>
    public static JsonSerializerOptions Options { get; } = Make(JsonNamingPolicy.CamelCase, indented: false);

    private static JsonSerializerOptions SummaryOptions { get; } = Make(JsonNamingPolicy.SnakeCaseLower, indented: true);

    /// <summary>A report, on one line.</summary>
    public static string Write(ReportDocument report) => JsonSerializer.Serialize(report, Options);

    /// <summary>A summary, for people and scripts.</summary>
    public static string Write(SummaryDocument summary) => JsonSerializer.Serialize(summary, SummaryOptions) + "\n";

    private static JsonSerializerOptions Make(JsonNamingPolicy naming, bool indented)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = naming,
            WriteIndented = indented,
            NewLine = "\n",
            Converters = { new EdgeConverter(), TokensKnownNames.Converter },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>[source, slot, score, inclusion], the score to four digits: enough to draw by, and a circuit has thousands.</summary>
    private sealed class EdgeConverter : JsonConverter<ReportEdge>
    {
        public override ReportEdge Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var values = JsonSerializer.Deserialize<double[]>(ref reader, options);
            return values switch
            {
                [var source, var slot, var score] => new((int)source, (int)slot, (float)score),
                [var source, var slot, var score, var inclusion] => new((int)source, (int)slot, (float)score, inclusion),
                _ => throw new JsonException("An edge is an array of source, slot, score and, where it is known, inclusion."),
            };
        }

        public override void Write(Utf8JsonWriter writer, ReportEdge value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(value.Source);
            writer.WriteNumberValue(value.Slot);
            writer.WriteRawValue(value.Score.ToString("G4", CultureInfo.InvariantCulture));
            if (value.Inclusion is { } inclusion)
            {
                writer.WriteNumberValue(Math.Round(inclusion, 4));
            }

            writer.WriteEndArray();
        }
    }
}
