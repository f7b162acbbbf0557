namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>The rest, where a body of so many characters matches right before here, or doesn't.</summary>
internal sealed class LookbehindMatcher(Matcher body, int width, bool negative, Matcher next) : Matcher
{
    public override int Match(ReadOnlySpan<char> text, int at)
    {
        var start = at;
        var missing = width;
        for (; missing > 0 && start > 0; missing--)
        {
            start = CodePoints.Before(text, start);
        }

        var isThere = missing == 0 && body.Match(text, start) >= 0;
        return isThere != negative ? next.Match(text, at) : -1;
    }
}
