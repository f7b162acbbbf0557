using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using CircuitGrid.Models.Tokenization.Patterns;

namespace CircuitGrid.Models.Tokenization.Unicode;

/// <summary>
/// Sets of characters by Unicode's general category. The runtime's own table needs no system library; it is Unicode 16's, which the reference's regular
/// expressions have too, and a test watches over that.
/// </summary>
internal static class GeneralCategories
{
    /// <summary>Short name and long name of each, in the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly (string Short, string Long)[] s_names =
    [
        ("Lu", "UppercaseLetter"), ("Ll", "LowercaseLetter"), ("Lt", "TitlecaseLetter"), ("Lm", "ModifierLetter"), ("Lo", "OtherLetter"),
        ("Mn", "NonspacingMark"), ("Mc", "SpacingMark"), ("Me", "EnclosingMark"), ("Nd", "DecimalNumber"), ("Nl", "LetterNumber"), ("No", "OtherNumber"),
        ("Zs", "SpaceSeparator"), ("Zl", "LineSeparator"), ("Zp", "ParagraphSeparator"), ("Cc", "Control"), ("Cf", "Format"), ("Cs", "Surrogate"),
        ("Co", "PrivateUse"), ("Pc", "ConnectorPunctuation"), ("Pd", "DashPunctuation"), ("Ps", "OpenPunctuation"), ("Pe", "ClosePunctuation"),
        ("Pi", "InitialPunctuation"), ("Pf", "FinalPunctuation"), ("Po", "OtherPunctuation"), ("Sm", "MathSymbol"), ("Sc", "CurrencySymbol"),
        ("Sk", "ModifierSymbol"), ("So", "OtherSymbol"), ("Cn", "Unassigned"),
    ];

    private static readonly (string Short, string Long)[] s_groups =
        [("L", "Letter"), ("M", "Mark"), ("N", "Number"), ("Z", "Separator"), ("C", "Other"), ("P", "Punctuation"), ("S", "Symbol")];

    /// <summary>Bits of the categories that a name stands for.</summary>
    private static readonly FrozenDictionary<string, uint> s_masks = Masks();

    private static readonly byte[] s_categories = [.. Enumerable.Range(0, 0x110000).Select(c => (byte)CharUnicodeInfo.GetUnicodeCategory(c))];

    private static readonly ConcurrentDictionary<uint, CharacterSet> s_sets = new();

    /// <summary>Characters of Unicode's property White_Space.</summary>
    public static CharacterSet WhiteSpace { get; } = CharacterSet.Where(c => c is <= 0xFFFF && char.IsWhiteSpace((char)c));

    /// <summary>Alphabetic characters, marks, decimal digits and connectors.</summary>
    public static CharacterSet Word { get; } = Set(new[] { "l", "m", "nd", "nl", "pc" }.Aggregate(0u, (mask, name) => mask | s_masks[name]))
        // Enclosed Latin letters are symbols by category, but alphabetic.
        .Union(CharacterSet.Range(0x24B6, 0x24E9)).Union(CharacterSet.Range(0x1F130, 0x1F149))
        .Union(CharacterSet.Range(0x1F150, 0x1F169)).Union(CharacterSet.Range(0x1F170, 0x1F189));

    /// <summary>The names by which categories and their groups are found.</summary>
    public static IEnumerable<string> Names => s_groups.Concat(s_names).Select(n => n.Short).Order(StringComparer.Ordinal);

    /// <summary>A category or group of them by its short or long name, in which case, spaces, hyphens and underscores don't count.</summary>
    public static CharacterSet? Find(string name) => s_masks.TryGetValue(Plain(name), out var mask) ? Set(mask) : null;

    private static CharacterSet Set(uint mask) => s_sets.GetOrAdd(mask, static m => CharacterSet.Where(c => (m >> s_categories[c] & 1) != 0));

    private static string Plain(string name) => string.Concat(name.Where(c => c is not (' ' or '-' or '_'))).ToLowerInvariant();

    private static FrozenDictionary<string, uint> Masks()
    {
        var masks = new Dictionary<string, uint>(StringComparer.Ordinal);
        for (var i = 0; i < s_names.Length; i++)
        {
            masks[Plain(s_names[i].Short)] = masks[Plain(s_names[i].Long)] = 1u << i;
        }

        foreach (var (shortName, longName) in s_groups)
        {
            masks[Plain(shortName)] = masks[Plain(longName)] = s_names.Where(n => n.Short[0] == shortName[0]).Aggregate(0u, (mask, n) => mask | masks[Plain(n.Short)]);
        }

        return masks.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
