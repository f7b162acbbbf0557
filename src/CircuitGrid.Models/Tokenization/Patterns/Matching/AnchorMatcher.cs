namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>The rest, where a place has a property.</summary>
internal sealed class AnchorMatcher(Func<ReadOnlySpan<char>, int, bool> holds, Matcher next) : Matcher
{
    public override int Match(ReadOnlySpan<char> text, int at) => holds(text, at) ? next.Match(text, at) : -1;
}
