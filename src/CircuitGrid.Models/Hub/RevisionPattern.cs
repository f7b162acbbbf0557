namespace CircuitGrid.Models.Hub;

/// <summary>Which revisions of a repository are meant: a name in which <c>*</c> stands for any text and <c>?</c> for any character.</summary>
/// <param name="Text">The pattern.</param>
public sealed record RevisionPattern(string Text)
{
    /// <summary>Whether it is one name, not several.</summary>
    public bool IsName => Text.AsSpan().IndexOfAny('*', '?') < 0;

    /// <summary>Whether a revision is meant. The whole name counts, and letters as they are written.</summary>
    public bool Includes(string revision)
    {
        // where the last star can take one character more, the match goes on from there: no input takes longer than the product of the lengths
        var (text, name) = (0, 0);
        var (star, taken) = (-1, 0);
        while (name < revision.Length)
        {
            if (text < Text.Length && Text[text] == '*')
            {
                (star, taken) = (text++, name);
            }
            else if (text < Text.Length && (Text[text] == '?' || Text[text] == revision[name]))
            {
                text++;
                name++;
            }
            else if (star >= 0)
            {
                text = star + 1;
                name = ++taken;
            }
            else
            {
                return false;
            }
        }

        return Text.AsSpan(text).IndexOfAnyExcept('*') < 0;
    }
}
