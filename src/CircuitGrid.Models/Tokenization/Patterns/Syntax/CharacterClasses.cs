using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>The classes that Oniguruma writes as a backslash and a letter, for Unicode text.</summary>
internal static class CharacterClasses
{
    /// <summary>
    /// <c>\w</c> by itself: alphabetic characters, marks, decimal digits, connectors; and the superscript digits and fractions of Latin-1, which Oniguruma doesn't
    /// count in a class.
    /// </summary>
    public static CharacterSet LoneWord { get; } = GeneralCategories.Word.Union(CharacterSet.Of(0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE));

    private static CharacterSet Digit { get; } = GeneralCategories.Find("Nd")!;

    private static CharacterSet HexadecimalDigit { get; } = CharacterSet.Where(c => c < 0x80 && char.IsAsciiHexDigit((char)c));

    /// <summary>The class of a letter; <see langword="null"/> where there is none.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="inClass">Whether it stands in a class in brackets.</param>
    public static CharacterSet? Find(char letter, bool inClass) => letter switch
    {
        's' => GeneralCategories.WhiteSpace,
        'S' => GeneralCategories.WhiteSpace.Negate(),
        'd' => Digit,
        'D' => Digit.Negate(),
        'w' => inClass ? GeneralCategories.Word : LoneWord,
        'W' => (inClass ? GeneralCategories.Word : LoneWord).Negate(),
        'h' => HexadecimalDigit,
        'H' => HexadecimalDigit.Negate(),
        _ => null,
    };
}
