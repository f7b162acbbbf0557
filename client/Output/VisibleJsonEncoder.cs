using System.Globalization;
using System.Text.Encodings.Web;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Client.Output;

/// <summary>
/// Escapes in JSON what the relaxed encoder does and marks of direction too, which mean the same to a program either way and mislead whoever sees
/// the JSON on a terminal.
/// </summary>
internal sealed class VisibleJsonEncoder : JavaScriptEncoder
{
    private static readonly JavaScriptEncoder Relaxed = UnsafeRelaxedJsonEscaping;

    public override int MaxOutputCharactersPerInputCharacter => Relaxed.MaxOutputCharactersPerInputCharacter;

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var hidden = VisibleText.IndexOfHidden(new(text, textLength));
        var other = Relaxed.FindFirstCharacterToEncode(text, textLength);
        return hidden < 0 ? other : other < 0 ? hidden : Math.Min(hidden, other);
    }

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        Relaxed.WillEncode(unicodeScalar)
            ? Relaxed.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten)
            : new Span<char>(buffer, bufferLength).TryWrite(CultureInfo.InvariantCulture, $"\\u{unicodeScalar:X4}", out numberOfCharactersWritten);

    public override bool WillEncode(int unicodeScalar) => Relaxed.WillEncode(unicodeScalar) || IsHidden(unicodeScalar);

    private static bool IsHidden(int unicodeScalar) => unicodeScalar <= char.MaxValue && VisibleText.IndexOfHidden([(char)unicodeScalar]) == 0;
}
