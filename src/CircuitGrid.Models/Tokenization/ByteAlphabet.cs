using System.Collections.Immutable;
using System.Text;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// GPT-2's printable stand-ins for the 256 bytes, in which a byte-level vocabulary is written: visible Latin-1 characters stand for
/// their own code, the other 68 bytes for U+0100 onwards in byte order (a space is <c>Ġ</c>, a line feed <c>Ċ</c>).
/// </summary>
internal static class ByteAlphabet
{
    private static readonly Dictionary<char, byte> s_bytes;

    static ByteAlphabet()
    {
        var characters = new char[256];
        var next = 0x100;
        for (var b = 0; b < 256; b++)
        {
            var visible = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            characters[b] = (char)(visible ? b : next++);
        }

        Characters = [.. characters];
        s_bytes = Enumerable.Range(0, 256).ToDictionary(b => characters[b], b => (byte)b);
    }

    /// <summary>The character of each byte.</summary>
    public static ImmutableArray<char> Characters { get; }

    /// <summary>Bytes written in the alphabet.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var result = new StringBuilder(bytes.Length);
        foreach (var b in bytes)
        {
            result.Append(Characters[b]);
        }

        return result.ToString();
    }

    /// <summary>The bytes that <paramref name="text"/> writes, or <see langword="null"/> where a character isn't of the alphabet.</summary>
    public static byte[]? Read(string text)
    {
        var result = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            if (!s_bytes.TryGetValue(text[i], out result[i]))
            {
                return null;
            }
        }

        return result;
    }
}
