namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>The end of an expression.</summary>
internal sealed class AcceptMatcher : Matcher
{
    public static AcceptMatcher Instance { get; } = new();

    public override int Match(ReadOnlySpan<char> text, int at) => at;
}
