using System.Text.Json;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Patterns;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>Division at punctuation.</summary>
internal sealed class PunctuationPreTokenizer(SplitBehavior behavior) : IPreTokenizer
{
    private readonly Splitter _splitter = new(Pattern.Of(LibraryClasses.Punctuation), behavior);

    public static IPreTokenizer Read(JsonInput part, ForeignKeys foreign)
    {
        var behavior = part.Find("behavior") is { } value ? SplitPreTokenizer.ReadBehavior(value) : SplitBehavior.Isolated;
        part.RefuseNulls();
        return new PunctuationPreTokenizer(behavior);
    }

    public void Split(Piece piece, List<Piece> parts) => _splitter.Split(piece, parts);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Punctuation");
        json.WriteString("behavior", behavior.ToString());
        json.WriteEndObject();
    }
}
