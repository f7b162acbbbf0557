using System.Text.Json;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Patterns;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>Numbers apart from what is around them.</summary>
/// <param name="individual">Whether each digit is a part, instead of each run of them.</param>
internal sealed class DigitsPreTokenizer(bool individual) : IPreTokenizer
{
    private readonly Splitter _splitter = new(Pattern.Of(LibraryClasses.Numeric), individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous);

    public static IPreTokenizer Read(JsonInput part, ForeignKeys foreign) => new DigitsPreTokenizer(part.Require("individual_digits").AsBoolean());

    public void Split(Piece piece, List<Piece> parts) => _splitter.Split(piece, parts);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Digits");
        json.WriteBoolean("individual_digits", individual);
        json.WriteEndObject();
    }
}
