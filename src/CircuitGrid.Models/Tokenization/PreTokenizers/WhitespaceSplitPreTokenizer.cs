using System.Text.Json;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Patterns;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>What lies between white space.</summary>
internal sealed class WhitespaceSplitPreTokenizer : IPreTokenizer
{
    private static readonly Splitter s_splitter = new(Pattern.Of(GeneralCategories.WhiteSpace), SplitBehavior.Removed);

    public static IPreTokenizer Read(JsonInput part, ForeignKeys foreign) => new WhitespaceSplitPreTokenizer();

    public void Split(Piece piece, List<Piece> parts) => s_splitter.Split(piece, parts);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "WhitespaceSplit");
        json.WriteEndObject();
    }
}
