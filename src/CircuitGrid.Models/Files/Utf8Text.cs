using System.Text;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>Text files from outside, which have to be UTF-8. Other bytes are refused instead of being replaced by something that looks like text.</summary>
public static class Utf8Text
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of bytes, without a byte order mark in front.</summary>
    /// <param name="where">What messages call it.</param>
    /// <param name="utf8">The bytes.</param>
    /// <exception cref="InvalidInputException">They aren't UTF-8; the message names the line.</exception>
    public static string Decode(string where, ReadOnlySpan<byte> utf8)
    {
        var byteOrderMark = "\uFEFF"u8;
        if (utf8.StartsWith(byteOrderMark))
        {
            utf8 = utf8[byteOrderMark.Length..];
        }

        try
        {
            return s_strict.GetString(utf8);
        }
        catch (DecoderFallbackException e)
        {
            var at = Math.Clamp(e.Index, 0, utf8.Length - 1);
            throw new InvalidInputException($"{where}: line {utf8[..at].Count((byte)'\n') + 1}", $"the byte 0x{utf8[at]:x2} there isn't UTF-8; save the text as UTF-8", e);
        }
    }
}
