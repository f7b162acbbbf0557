using CircuitGrid.Models.Tokenization.Patterns.Matching;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>A place before or behind which a part matches, or doesn't.</summary>
internal sealed class LookSyntax(PatternSyntax body, bool behind, bool negative) : PatternSyntax
{
    public override bool CanBeEmpty => true;

    public override CharacterSet First => CharacterSet.Empty;

    public override int? Width => 0;

    public override Matcher Compile(Matcher next, StepBudget budget)
    {
        budget.Take();
        var inner = body.Compile(AcceptMatcher.Instance, budget);
        return behind
            ? new LookbehindMatcher(inner, body.Width ?? throw new PatternException("looks behind for texts of different lengths, which isn't supported"), negative, next)
            : new LookaheadMatcher(inner, negative, next);
    }
}
