using System.Text.Json;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.PreTokenizers;

namespace CircuitGrid.Models.Tokenization.Decoders;

/// <summary>Spaces for SentencePiece's stand-ins; those of the first token go where one was put before the text.</summary>
internal sealed class MetaspaceDecoder(Metaspace settings) : IDecoder
{
    public static IDecoder Read(JsonInput part, ForeignKeys foreign) => new MetaspaceDecoder(Metaspace.Read(part));

    public List<string> Decode(List<string> tokens, bool isWhole)
    {
        var result = tokens.ConvertAll(token => token.Replace(settings.Replacement, " ", StringComparison.Ordinal));
        if (isWhole && settings.Scheme != PrependScheme.Never && tokens.Count > 0)
        {
            result[0] = tokens[0].Replace(settings.Replacement, "", StringComparison.Ordinal);
        }

        return result;
    }

    public void Write(Utf8JsonWriter json) => settings.Write(json);
}
