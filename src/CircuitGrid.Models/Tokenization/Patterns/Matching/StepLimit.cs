namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>
/// How often one search may try another way. Expressions that repeat what repeats have exponentially many ways on some texts; Oniguruma gives up after as many.
/// </summary>
internal static class StepLimit
{
    private const int Most = 10_000_000;

    [ThreadStatic]
    private static int s_left;

    /// <summary>Begins a search on this thread.</summary>
    public static void Restart() => s_left = Most;

    /// <summary>Counts one more way.</summary>
    /// <exception cref="PatternException">There were too many.</exception>
    public static void Count()
    {
        if (--s_left < 0)
        {
            throw new PatternException($"needs more than {Most:N0} steps");
        }
    }
}
