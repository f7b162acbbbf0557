using System.Text;
using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>
/// GPT-2's bytes written in its alphabet, after GPT-2's division into words or without one. The last step of all leaves the writing to the model, so that words are
/// known by their text.
/// </summary>
/// <param name="addPrefixSpace">A space before every piece that has none.</param>
/// <param name="splitsWords">Whether text is divided.</param>
/// <param name="writesBytes">Whether the bytes are written here.</param>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool splitsWords, bool writesBytes = true) : IPreTokenizer
{
    public static IPreTokenizer Read(JsonInput part, ForeignKeys foreign)
    {
        var read = new ByteLevelPreTokenizer(part.Require("add_prefix_space").AsBoolean(), part.FindBoolean("use_regex") ?? true);
        part.RefuseNulls();
        return read;
    }

    /// <summary>The same step, but that the bytes are written later.</summary>
    public ByteLevelPreTokenizer WithoutWriting() => new(addPrefixSpace, splitsWords, writesBytes: false);

    public void Split(Piece piece, List<Piece> parts)
    {
        if (addPrefixSpace && piece.Span[0] != ' ')
        {
            piece = piece.With($" {piece.Span}");
        }

        var length = piece.End - piece.Start;
        for (var start = 0; start < length;)
        {
            var end = splitsWords ? start + WordSplitter.Next(piece.Span[start..]) : length;
            var part = piece.Part(start, end);
            parts.Add(writesBytes ? part.With(Write(part.Span)) : part);
            start = end;
        }
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", splitsWords);
        json.WriteEndObject();
    }

    private static string Write(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return ByteAlphabet.Write(bytes);
    }
}
