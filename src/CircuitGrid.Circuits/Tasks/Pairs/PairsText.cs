using System.Text;
using CircuitGrid.Compute;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>The text of a pairs file.</summary>
/// <param name="Utf8">Its bytes, without a byte order mark.</param>
/// <param name="Content">The same, decoded.</param>
internal readonly record struct PairsText(ReadOnlyMemory<byte> Utf8, string Content)
{
    /// <exception cref="InvalidInputException">The bytes aren't UTF-8.</exception>
    public static PairsText Of(ReadOnlyMemory<byte> bytes, string path)
    {
        var byteOrderMark = "\uFEFF"u8;
        if (bytes.Span.StartsWith(byteOrderMark))
        {
            bytes = bytes[byteOrderMark.Length..];
        }

        try
        {
            return new(bytes, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes.Span));
        }
        catch (ArgumentException e)
        {
            throw new InvalidInputException(path, $"isn't UTF-8 text ({Text.OneLine(e.Message)})", e);
        }
    }
}
