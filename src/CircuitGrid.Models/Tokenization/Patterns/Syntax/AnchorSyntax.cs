using CircuitGrid.Models.Tokenization.Patterns.Matching;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>A place with a property: the beginning or end of a line, a text or a word.</summary>
internal sealed class AnchorSyntax(Func<ReadOnlySpan<char>, int, bool> holds) : PatternSyntax
{
    public override bool CanBeEmpty => true;

    public override CharacterSet First => CharacterSet.Empty;

    public override int? Width => 0;

    public static AnchorSyntax LineStart() => new((text, at) => at == 0 || (text[at - 1] == '\n' && at < text.Length));

    public static AnchorSyntax LineEnd() => new((text, at) => at == text.Length || text[at] == '\n');

    public static AnchorSyntax TextStart() => new((_, at) => at == 0);

    public static AnchorSyntax TextEnd() => new((text, at) => at == text.Length);

    /// <summary>The end of the text, or before a line feed that ends it.</summary>
    public static AnchorSyntax LastLineEnd() => new((text, at) => at == text.Length || (at == text.Length - 1 && text[at] == '\n'));

    /// <param name="word">The characters of words.</param>
    /// <param name="boundary">Whether the place is between a word and something else, or isn't.</param>
    public static AnchorSyntax Word(CharacterSet word, bool boundary) => new((text, at) =>
    {
        var before = at > 0 && word.Contains(CodePoints.At(text, CodePoints.Before(text, at), out _));
        var after = at < text.Length && word.Contains(CodePoints.At(text, at, out _));
        return before != after == boundary;
    });

    public override Matcher Compile(Matcher next, StepBudget budget)
    {
        budget.Take();
        return new AnchorMatcher(holds, next);
    }
}
