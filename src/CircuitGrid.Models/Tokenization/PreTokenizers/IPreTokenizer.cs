using System.Text.Json;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>A step that divides text into words, within which merges happen.</summary>
internal interface IPreTokenizer
{
    /// <summary>Adds the parts of a piece that isn't empty, in their order; none of them is empty.</summary>
    void Split(Piece piece, List<Piece> parts);

    /// <summary>Writes the step as a <c>tokenizer.json</c> has it.</summary>
    void Write(Utf8JsonWriter json);
}
