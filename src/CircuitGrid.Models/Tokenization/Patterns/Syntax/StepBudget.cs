namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>Bounds the steps of an expression: a counted repetition is written out, and one within the other multiplies them.</summary>
internal sealed class StepBudget
{
    private const int Most = 10_000;
    private int _steps;

    /// <exception cref="PatternException">There are too many.</exception>
    public void Take()
    {
        if (++_steps > Most)
        {
            throw new PatternException($"has repetitions that come to more than {Most} steps when written out");
        }
    }
}
