using CircuitGrid.Models.Tokenization.Patterns.Matching;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>One character of a set.</summary>
internal sealed class SetSyntax(CharacterSet set) : PatternSyntax
{
    public CharacterSet Set => set;

    public override bool CanBeEmpty => false;

    public override CharacterSet First => set;

    public override int? Width => 1;

    public override Matcher Compile(Matcher next, StepBudget budget)
    {
        budget.Take();
        return new SetMatcher(set, next);
    }
}
