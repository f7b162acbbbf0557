using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

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

        return new(bytes, Utf8Text.Decode(path, bytes.Span));
    }
}
