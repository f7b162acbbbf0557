using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>
/// What an expression matches where case doesn't count. Oniguruma folds by Unicode's table: <c>s</c> stands for U+017F (the long s) too, <c>k</c> for U+212A
/// (the Kelvin sign). Only ASCII letters are supported, which is what tokenizers use it for.
/// </summary>
internal static class CaseFolding
{
    private const int LongS = 0x17F, KelvinSign = 0x212A;

    /// <summary>Pairs of letters for which there is a ligature or a sharp s, that would match where they do.</summary>
    private static readonly string[] s_ligatures = ["ss", "ff", "fi", "fl", "st"];

    private static readonly CharacterSet s_mayHaveCase = new[] { "L", "Mn", "Nl", "So" }
        .Aggregate(CharacterSet.Empty, (set, name) => set.Union(GeneralCategories.Find(name)!))
        .Intersect(CharacterSet.Range(0, 0x7F).Negate());

    /// <summary>A set with the other case of each of its letters.</summary>
    /// <exception cref="PatternException">It has letters beyond ASCII.</exception>
    public static CharacterSet Close(CharacterSet set)
    {
        if (!set.Intersect(s_mayHaveCase).IsEmpty)
        {
            throw new PatternException("ignores the case of letters beyond ASCII, which isn't supported");
        }

        var letters = CharacterSet.Where(c => c < 0x80 && char.IsAsciiLetter((char)c) && set.Contains(c ^ 0x20));
        var closed = set.Union(letters);
        closed = closed.Contains('s') ? closed.Union(CharacterSet.Of(LongS)) : closed;
        return closed.Contains('k') ? closed.Union(CharacterSet.Of(KelvinSign)) : closed;
    }

    /// <summary>Refuses neighbouring letters that a single character would match too.</summary>
    public static void RefuseSequence(int first, int second)
    {
        if (first >= 0 && Array.Exists(s_ligatures, l => (first | 0x20) == l[0] && (second | 0x20) == l[1]))
        {
            throw new PatternException($"ignores the case of \"{(char)first}{(char)second}\", which a single character would match too; that isn't supported");
        }
    }
}
