using System.Collections.Immutable;
using CircuitGrid.Models.Tokenization.Patterns.Matching;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>One part after the other.</summary>
internal sealed class SequenceSyntax(ImmutableArray<PatternSyntax> parts) : PatternSyntax
{
    public override bool CanBeEmpty => parts.All(p => p.CanBeEmpty);

    public override CharacterSet First
    {
        get
        {
            var first = CharacterSet.Empty;
            foreach (var part in parts)
            {
                first = first.Union(part.First);
                if (!part.CanBeEmpty)
                {
                    break;
                }
            }

            return first;
        }
    }

    public override int? Width => parts.Aggregate((int?)0, (sum, part) => sum + part.Width);

    public override Matcher Compile(Matcher next, StepBudget budget)
    {
        foreach (var part in parts.Reverse())
        {
            next = part.Compile(next, budget);
        }

        return next;
    }
}
