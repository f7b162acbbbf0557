using System.Text.Json;

namespace CircuitGrid.Models.Tokenization.Decoders;

/// <summary>A step that turns the texts of tokens back into text.</summary>
internal interface IDecoder
{
    /// <summary>Texts that are text, one after the other.</summary>
    /// <param name="tokens">The texts of tokens, or what an earlier step has made of them.</param>
    /// <param name="isWhole">Whether they are all of a text; otherwise they stand somewhere in one, whose ends are left as they are.</param>
    List<string> Decode(List<string> tokens, bool isWhole);

    /// <summary>Writes the step as a <c>tokenizer.json</c> has it.</summary>
    void Write(Utf8JsonWriter json);
}
