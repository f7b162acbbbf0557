using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>Division at the matches of a pattern that the file gives.</summary>
internal sealed class SplitPreTokenizer(FilePattern pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    private readonly Splitter _splitter = new(pattern.Pattern, behavior, invert);

    public static IPreTokenizer Read(JsonInput part, ForeignKeys foreign) => new SplitPreTokenizer(
        FilePattern.Read(part.Require("pattern"), foreign), ReadBehavior(part.Require("behavior")), part.Require("invert").AsBoolean());

    /// <exception cref="Compute.InvalidInputException">It is none.</exception>
    public static SplitBehavior ReadBehavior(JsonInput value) => Enum.GetValues<SplitBehavior>().Cast<SplitBehavior?>().FirstOrDefault(b => b.ToString() == value.AsString())
        ?? throw value.Error($"is \"{Text.OneLine(value.AsString())}\"; it can be {string.Join(", ", Enum.GetNames<SplitBehavior>())}");

    public void Split(Piece piece, List<Piece> parts) => _splitter.Split(piece, parts);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Split");
        pattern.Write(json, "pattern");
        json.WriteString("behavior", behavior.ToString());
        json.WriteBoolean("invert", invert);
        json.WriteEndObject();
    }
}
