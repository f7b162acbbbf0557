namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>One character of a set.</summary>
internal sealed class SetMatcher(CharacterSet set, Matcher next) : Matcher
{
    public override int Match(ReadOnlySpan<char> text, int at) =>
        at < text.Length && set.Contains(CodePoints.At(text, at, out var length)) ? next.Match(text, at + length) : -1;
}
