namespace CircuitGrid.Models.Tokenization.Patterns;

/// <summary>Steps over UTF-16 text by code point. An unpaired surrogate is a code point of its own.</summary>
internal static class CodePoints
{
    /// <summary>The code point at a place, and its length in UTF-16 units.</summary>
    public static int At(ReadOnlySpan<char> text, int at, out int length)
    {
        var unit = text[at];
        if (char.IsHighSurrogate(unit) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
        {
            length = 2;
            return char.ConvertToUtf32(unit, text[at + 1]);
        }

        length = 1;
        return unit;
    }

    /// <summary>Where the code point that ends before a place begins.</summary>
    public static int Before(ReadOnlySpan<char> text, int at) =>
        at >= 2 && char.IsLowSurrogate(text[at - 1]) && char.IsHighSurrogate(text[at - 2]) ? at - 2 : at - 1;
}
