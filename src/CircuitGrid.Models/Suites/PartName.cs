namespace CircuitGrid.Models.Suites;

/// <summary>
/// Names of suites, models and tasks. Each is a part of a cell's name, <c>suite/model@step/task</c>, by which people ask for the cell's result: what
/// can be analysed under a name can be asked for by it.
/// </summary>
public static class PartName
{
    /// <summary>Characters of the longest name, which are as many as a folder's name has.</summary>
    public const int Longest = 255;

    /// <summary>What a name has to be, for messages.</summary>
    public const string Rule = "a name has 1 to 255 characters, none of them a slash, an @ or a control character, and no blank at either end";

    /// <summary>Whether a text can name a suite, model or task.</summary>
    public static bool IsUsable(string text) =>
        text.Length is > 0 and <= Longest
        && !text.Any(c => c is '/' or '\\' or '@' || char.IsControl(c))
        && !char.IsWhiteSpace(text[0])
        && !char.IsWhiteSpace(text[^1])
        && IsWhole(text);

    /// <summary>Whether no character is half of one, as which it could be written to no file and to no database.</summary>
    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }
}
