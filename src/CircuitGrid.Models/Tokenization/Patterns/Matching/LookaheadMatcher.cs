namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>The rest, where a body matches from here on, or doesn't.</summary>
internal sealed class LookaheadMatcher(Matcher body, bool negative, Matcher next) : Matcher
{
    public override int Match(ReadOnlySpan<char> text, int at) => body.Match(text, at) >= 0 != negative ? next.Match(text, at) : -1;
}
