using CircuitGrid.Models.Tokenization.Patterns;

namespace CircuitGrid.Models.Tokenization.Unicode;

/// <summary>Classes of characters as the Hugging Face library has them outside its regular expressions, by other versions of Unicode.</summary>
internal static class LibraryClasses
{
    /// <summary>What became punctuation after Unicode 8.</summary>
    private static readonly (int First, int Last)[] s_laterPunctuation =
    [
        (0x61D, 0x61D), (0x9FD, 0x9FD), (0xA76, 0xA76), (0xC77, 0xC77), (0xC84, 0xC84), (0x1B4E, 0x1B4F), (0x1B7D, 0x1B7F), (0x2E43, 0x2E4F),
        (0x2E52, 0x2E5D), (0x10D6E, 0x10D6E), (0x10EAD, 0x10EAD), (0x10F55, 0x10F59), (0x10F86, 0x10F89), (0x113D4, 0x113D5), (0x113D7, 0x113D8),
        (0x1144B, 0x1144F), (0x1145A, 0x1145B), (0x1145D, 0x1145D), (0x11660, 0x1166C), (0x116B9, 0x116B9), (0x1183B, 0x1183B), (0x11944, 0x11946),
        (0x119E2, 0x119E2), (0x11A3F, 0x11A46), (0x11A9A, 0x11A9C), (0x11A9E, 0x11AA2), (0x11B00, 0x11B09), (0x11BE1, 0x11BE1), (0x11C41, 0x11C45),
        (0x11C70, 0x11C71), (0x11EF7, 0x11EF8), (0x11F43, 0x11F4F), (0x11FFF, 0x11FFF), (0x12FF1, 0x12FF2), (0x16D6D, 0x16D6F), (0x16E97, 0x16E9A),
        (0x16FE2, 0x16FE2), (0x1E5FF, 0x1E5FF), (0x1E95E, 0x1E95F),
    ];

    /// <summary>What <c>Punctuation</c> takes for it: that of Unicode 8, and all signs of ASCII.</summary>
    public static CharacterSet Punctuation { get; } = s_laterPunctuation
        .Aggregate(GeneralCategories.Find("P")!, (set, range) => set.Intersect(CharacterSet.Range(range.First, range.Last).Negate()))
        .Union(CharacterSet.Of(0x166D, 0x111C9))
        .Union(CharacterSet.Where(c => c < 0x80 && (char.IsPunctuation((char)c) || char.IsSymbol((char)c))));

    /// <summary>What <c>Digits</c> takes for one: the numbers of Unicode 17.</summary>
    public static CharacterSet Numeric { get; } = GeneralCategories.Find("N")!
        .Union(CharacterSet.Range(0x11DE0, 0x11DE9)).Union(CharacterSet.Range(0x16FF4, 0x16FF6));

    /// <summary>What <c>Whitespace</c>, and added tokens that are single words, take for a part of a word: that of regular expressions, and joiners.</summary>
    public static CharacterSet Word { get; } = GeneralCategories.Word.Union(CharacterSet.Range(0x200C, 0x200D));
}
