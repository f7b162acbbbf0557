using System.Collections.Immutable;
using CircuitGrid.Models.Tokenization.Patterns.Matching;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>One of several parts, the first that will do.</summary>
internal sealed class ChoiceSyntax(ImmutableArray<PatternSyntax> branches) : PatternSyntax
{
    public override bool CanBeEmpty => branches.Any(b => b.CanBeEmpty);

    public override CharacterSet First => branches.Aggregate(CharacterSet.Empty, (set, branch) => set.Union(branch.First));

    public override int? Width => branches.Select(b => b.Width).Distinct().ToArray() is [var only] ? only : null;

    public override Matcher Compile(Matcher next, StepBudget budget)
    {
        budget.Take();
        return new ChoiceMatcher([.. branches.Select(b => b.Compile(next, budget))], [.. branches.Select(b => b.CanBeEmpty ? null : b.First)]);
    }
}
