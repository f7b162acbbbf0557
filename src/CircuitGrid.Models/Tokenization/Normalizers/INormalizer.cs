using System.Text.Json;

namespace CircuitGrid.Models.Tokenization.Normalizers;

/// <summary>A step that changes the text between added tokens before it is divided.</summary>
internal interface INormalizer
{
    /// <summary>Whether the result may lack characters with which the text begins.</summary>
    bool MayRemoveStart { get; }

    string Apply(string text);

    /// <summary>Writes the step as a <c>tokenizer.json</c> has it.</summary>
    void Write(Utf8JsonWriter json);
}
