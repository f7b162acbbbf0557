namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>A body's first match, which isn't given up for another whatever the rest needs.</summary>
internal sealed class AtomicMatcher(Matcher body, Matcher next) : Matcher
{
    public override int Match(ReadOnlySpan<char> text, int at) => body.Match(text, at) is var end and >= 0 ? next.Match(text, end) : -1;
}
