using CircuitGrid.Models.Tokenization.Patterns.Matching;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>A part whose first match stands (<c>(?&gt;…)</c>, and possessive repetition).</summary>
internal sealed class AtomicSyntax(PatternSyntax body) : PatternSyntax
{
    public override bool CanBeEmpty => body.CanBeEmpty;

    public override CharacterSet First => body.First;

    public override int? Width => body.Width;

    public override Matcher Compile(Matcher next, StepBudget budget)
    {
        budget.Take();
        return new AtomicMatcher(body.Compile(AcceptMatcher.Instance, budget), next);
    }
}
