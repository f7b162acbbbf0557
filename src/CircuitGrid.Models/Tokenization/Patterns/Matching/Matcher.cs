namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>
/// One step of a backtracking match, and by its link to the next step the rest of the match too. Steps try their possibilities in the expression's order and
/// take the first with which the rest matches.
/// </summary>
internal abstract class Matcher
{
    /// <summary>Matches from a place on.</summary>
    /// <returns>Where the whole match ends; a negative number where there is none.</returns>
    public abstract int Match(ReadOnlySpan<char> text, int at);
}
