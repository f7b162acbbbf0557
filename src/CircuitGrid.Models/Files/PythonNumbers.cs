using System.Buffers;

namespace CircuitGrid.Models.Files;

/// <summary>
/// The words that Python's <c>json</c> module writes for numbers that JSON doesn't have: <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>.
/// </summary>
internal static class PythonNumbers
{
    private static readonly SearchValues<byte> s_starts = SearchValues.Create("\"NI"u8);
    private static readonly SearchValues<byte> s_stringMarks = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> s_neighbours = SearchValues.Create(" \t\r\n,:[]{}-"u8);

    private static ReadOnlySpan<byte> NotANumber => "NaN"u8;

    private static ReadOnlySpan<byte> Infinite => "Infinity"u8;

    // Beyond the range of a double.
    private static ReadOnlySpan<byte> TooLarge => "9e999999"u8;

    /// <summary>
    /// The text with <c>null</c> for NaN and a number beyond a double's range for an infinity, outside strings; the same text where it has none of them. Lines stay
    /// where they are.
    /// </summary>
    /// <param name="utf8">A text of Python's <c>json.dump</c>; what else is wrong with it is left to the parser.</param>
    public static ReadOnlyMemory<byte> ToJson(ReadOnlyMemory<byte> utf8)
    {
        var text = utf8.Span;
        ArrayBufferWriter<byte>? result = null;
        var (copied, at) = (0, 0);
        while (text[at..].IndexOfAny(s_starts) is >= 0 and var next)
        {
            at += next;
            if (text[at] == (byte)'"')
            {
                at = EndOfString(text, at + 1);
                continue;
            }

            var word = text[at] == (byte)'N' ? NotANumber : Infinite;
            if (!StandsAt(text, at, word))
            {
                at++;
                continue;
            }

            result ??= new ArrayBufferWriter<byte>(text.Length + 16);
            result.Write(text[copied..at]);
            result.Write(text[at] == (byte)'N' ? "null"u8 : TooLarge);
            at += word.Length;
            copied = at;
        }

        result?.Write(text[copied..]);
        return result?.WrittenMemory ?? utf8;
    }

    private static int EndOfString(ReadOnlySpan<byte> text, int at)
    {
        while (text[at..].IndexOfAny(s_stringMarks) is >= 0 and var next)
        {
            at += next + 1;
            if (text[at - 1] == (byte)'"')
            {
                return at;
            }

            at = Math.Min(at + 1, text.Length);
        }

        return text.Length;
    }

    private static bool StandsAt(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> word) =>
        text[at..].StartsWith(word)
        && (at == 0 || s_neighbours.Contains(text[at - 1]))
        && (at + word.Length == text.Length || s_neighbours.Contains(text[at + word.Length]));
}
