using System.Text.Json;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Patterns;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>Runs of word characters and runs of others; white space between them is left out.</summary>
internal sealed class WhitespacePreTokenizer : IPreTokenizer
{
    private static readonly Splitter s_splitter = new(
        Pattern.RunsOf(LibraryClasses.Word, LibraryClasses.Word.Union(GeneralCategories.WhiteSpace).Negate()), SplitBehavior.Removed, invert: true);

    public static IPreTokenizer Read(JsonInput part, ForeignKeys foreign) => new WhitespacePreTokenizer();

    public void Split(Piece piece, List<Piece> parts) => s_splitter.Split(piece, parts);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Whitespace");
        json.WriteEndObject();
    }
}
