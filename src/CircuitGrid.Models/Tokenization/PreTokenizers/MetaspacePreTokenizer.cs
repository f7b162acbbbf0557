using System.Text.Json;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Patterns;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>SentencePiece's stand-in for spaces, each of which may begin a word.</summary>
internal sealed class MetaspacePreTokenizer(Metaspace settings) : IPreTokenizer
{
    private readonly Splitter _splitter = new(Pattern.Literal(settings.Replacement), SplitBehavior.MergedWithNext);

    /// <summary>Whether what it does depends on where the text begins.</summary>
    public bool NeedsStart => settings.Scheme == PrependScheme.First;

    public static IPreTokenizer Read(JsonInput part, ForeignKeys foreign) => new MetaspacePreTokenizer(Metaspace.Read(part));

    public void Split(Piece piece, List<Piece> parts)
    {
        var text = piece.Span.ToString().Replace(" ", settings.Replacement, StringComparison.Ordinal);
        var prepends = settings.Scheme == PrependScheme.Always || (settings.Scheme == PrependScheme.First && piece.IsAtStart);
        if (prepends && !text.StartsWith(settings.Replacement, StringComparison.Ordinal))
        {
            text = settings.Replacement + text;
        }

        if (settings.Splits)
        {
            _splitter.Split(piece.With(text), parts);
        }
        else
        {
            parts.Add(piece.With(text));
        }
    }

    public void Write(Utf8JsonWriter json) => settings.Write(json);
}
