using CircuitGrid.Models.Tokenization.Patterns.Matching;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>A part several times.</summary>
/// <param name="body">The part.</param>
/// <param name="minimum">Least times.</param>
/// <param name="maximum">Most times; <see cref="int.MaxValue"/> for as often as you like.</param>
/// <param name="lazy">As seldom as the rest allows, instead of as often.</param>
internal sealed class RepeatSyntax(PatternSyntax body, int minimum, int maximum, bool lazy) : PatternSyntax
{
    public override bool CanBeEmpty => minimum == 0 || body.CanBeEmpty;

    public override CharacterSet First => maximum == 0 ? CharacterSet.Empty : body.First;

    public override int? Width => minimum == maximum ? minimum * body.Width : null;

    public override Matcher Compile(Matcher next, StepBudget budget)
    {
        if (body is SetSyntax single && !lazy)
        {
            budget.Take();
            return new GreedySetMatcher(single.Set, minimum, maximum, next);
        }

        if (body.CanBeEmpty && maximum > 1)
        {
            throw new PatternException("repeats what can match nothing, which isn't supported");
        }

        var step = maximum == int.MaxValue ? CompileLoop(next, budget) : CompileOptional(next, budget);
        for (var i = 0; i < minimum; i++)
        {
            step = body.Compile(step, budget);
        }

        return step;
    }

    private LoopMatcher CompileLoop(Matcher next, StepBudget budget)
    {
        budget.Take();
        var loop = new LoopMatcher(lazy, next);
        loop.Body = body.Compile(loop, budget);
        return loop;
    }

    private Matcher CompileOptional(Matcher next, StepBudget budget)
    {
        var step = next;
        var first = body.CanBeEmpty ? null : body.First;
        for (var i = minimum; i < maximum; i++)
        {
            budget.Take();
            var once = body.Compile(step, budget);
            step = lazy ? new ChoiceMatcher([next, once], [null, first]) : new ChoiceMatcher([once, next], [first, null]);
        }

        return step;
    }
}
