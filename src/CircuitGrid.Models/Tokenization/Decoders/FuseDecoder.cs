using System.Text.Json;

namespace CircuitGrid.Models.Tokenization.Decoders;

/// <summary>All texts as one.</summary>
internal sealed class FuseDecoder : IDecoder
{
    public List<string> Decode(List<string> tokens, bool isWhole) => [string.Concat(tokens)];

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Fuse");
        json.WriteEndObject();
    }
}
