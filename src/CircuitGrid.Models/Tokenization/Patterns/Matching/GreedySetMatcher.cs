namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>As many characters of a set as there are, or as few less as the rest needs.</summary>
internal sealed class GreedySetMatcher(CharacterSet set, int minimum, int maximum, Matcher next) : Matcher
{
    public override int Match(ReadOnlySpan<char> text, int at)
    {
        var end = at;
        var least = minimum == 0 ? at : -1;
        for (var count = 0; count < maximum && end < text.Length && set.Contains(CodePoints.At(text, end, out var length));)
        {
            end += length;
            if (++count == minimum)
            {
                least = end;
            }
        }

        for (; least >= 0; end = CodePoints.Before(text, end))
        {
            var result = next.Match(text, end);
            if (result >= 0 || end == least)
            {
                return result;
            }

            StepLimit.Count();
        }

        return -1;
    }
}
