using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization.Decoders;

/// <summary>One step after the other.</summary>
internal sealed class SequenceDecoder(ImmutableArray<IDecoder> steps) : IDecoder
{
    /// <summary>The steps, in which there may be sequences again.</summary>
    public ImmutableArray<IDecoder> Steps => steps;

    public static IDecoder Read(JsonInput part, ForeignKeys foreign) =>
        new SequenceDecoder([.. part.Require("decoders").Items().Select(item => DecoderReader.Read(item, foreign))]);

    /// <summary>The steps of a step, none of which is a sequence.</summary>
    public static IEnumerable<IDecoder> Flatten(IDecoder step) => step is SequenceDecoder sequence ? sequence.Steps.SelectMany(Flatten) : [step];

    public List<string> Decode(List<string> tokens, bool isWhole) => steps.Aggregate(tokens, (result, step) => step.Decode(result, isWhole));

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("decoders");
        foreach (var step in steps)
        {
            step.Write(json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
