using CircuitGrid.Models.Tokenization.Patterns;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>Divides text at the matches of a pattern.</summary>
/// <param name="pattern">What to look for.</param>
/// <param name="behavior">What becomes of the matches.</param>
/// <param name="invert">Whether matches are what lies between those of the pattern.</param>
internal sealed class Splitter(Pattern pattern, SplitBehavior behavior, bool invert = false)
{
    public void Split(Piece piece, List<Piece> parts)
    {
        var spans = new List<PatternSpan>();
        pattern.Split(piece.Span, spans);
        if (invert)
        {
            for (var i = 0; i < spans.Count; i++)
            {
                spans[i] = spans[i] with { IsMatch = !spans[i].IsMatch };
            }
        }

        foreach (var span in Join(spans))
        {
            if (span.Start < span.End && !(behavior == SplitBehavior.Removed && span.IsMatch))
            {
                parts.Add(piece.Part(span.Start, span.End));
            }
        }
    }

    private List<PatternSpan> Join(List<PatternSpan> spans) => behavior switch
    {
        SplitBehavior.Contiguous => Join(spans, static (previous, span) => span.IsMatch == previous, static (last, span) => last with { End = span.End }),
        SplitBehavior.MergedWithPrevious => Join(spans, static (previous, span) => span.IsMatch && !previous, static (last, span) => last with { End = span.End }),
        SplitBehavior.MergedWithNext => Reverse(Join(Reverse(spans), static (previous, span) => span.IsMatch && !previous, static (last, span) => last with { Start = span.Start })),
        _ => spans,
    };

    /// <param name="spans">The spans in the order of joining.</param>
    /// <param name="joins">Whether one is joined with the last part, by whether the span before was a match; at first none was.</param>
    /// <param name="join">The last part with the span.</param>
    private static List<PatternSpan> Join(List<PatternSpan> spans, Func<bool, PatternSpan, bool> joins, Func<PatternSpan, PatternSpan, PatternSpan> join)
    {
        var joined = new List<PatternSpan>(spans.Count);
        var previous = false;
        foreach (var span in spans)
        {
            if (joins(previous, span) && joined.Count > 0)
            {
                joined[^1] = join(joined[^1], span);
            }
            else
            {
                joined.Add(span);
            }

            previous = span.IsMatch;
        }

        return joined;
    }

    private static List<PatternSpan> Reverse(List<PatternSpan> spans)
    {
        spans.Reverse();
        return spans;
    }
}
