using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>One step after the other, each on the parts that the one before has made.</summary>
internal sealed class SequencePreTokenizer(ImmutableArray<IPreTokenizer> steps) : IPreTokenizer
{
    /// <summary>The steps, in which there may be sequences again.</summary>
    public ImmutableArray<IPreTokenizer> Steps => steps;

    public static IPreTokenizer Read(JsonInput part, ForeignKeys foreign) =>
        new SequencePreTokenizer([.. part.Require("pretokenizers").Items().Select(item => PreTokenizerReader.Read(item, foreign))]);

    /// <summary>The steps of a step, none of which is a sequence.</summary>
    public static IEnumerable<IPreTokenizer> Flatten(IPreTokenizer? step) => step switch
    {
        null => [],
        SequencePreTokenizer sequence => sequence.Steps.SelectMany(Flatten),
        _ => [step],
    };

    public void Split(Piece piece, List<Piece> parts)
    {
        List<Piece> current = [piece];
        foreach (var step in steps)
        {
            var next = new List<Piece>(current.Count);
            foreach (var one in current)
            {
                step.Split(one, next);
            }

            current = next;
        }

        parts.AddRange(current);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (var step in steps)
        {
            step.Write(json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
