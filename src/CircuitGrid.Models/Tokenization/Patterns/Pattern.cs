using System.Collections.Immutable;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization.Patterns.Matching;
using CircuitGrid.Models.Tokenization.Patterns.Syntax;
using OneLineText = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Models.Tokenization.Patterns;

/// <summary>
/// A regular expression of a <c>tokenizer.json</c>, with the meaning that Oniguruma gives it (the library with which the tokenizers' own program matches). .NET's
/// expressions go by UTF-16 unit, so that no class of theirs has a character beyond the basic plane; this one goes by code point.
/// </summary>
internal sealed class Pattern
{
    private readonly string _source;
    private readonly Matcher _matcher;
    private readonly CharacterSet? _first;

    private Pattern(string source, PatternSyntax syntax)
    {
        _source = source;
        _matcher = syntax.Compile(AcceptMatcher.Instance, new());
        _first = syntax.CanBeEmpty ? null : syntax.First;
    }

    /// <summary>An expression in Oniguruma's Ruby syntax.</summary>
    /// <exception cref="PatternException">It isn't one, or has a construct that isn't supported.</exception>
    public static Pattern Parse(string expression) => new(expression, PatternParser.Parse(expression));

    /// <summary>An expression that matches a text and nothing else.</summary>
    public static Pattern Literal(string text) =>
        new(text, new SequenceSyntax([.. text.EnumerateRunes().Select(rune => new SetSyntax(CharacterSet.Range(rune.Value, rune.Value)))]));

    /// <summary>Each character of a set by itself.</summary>
    public static Pattern Of(CharacterSet set) => new("", new SetSyntax(set));

    /// <summary>Runs of characters of one of several sets.</summary>
    public static Pattern RunsOf(params ReadOnlySpan<CharacterSet> sets)
    {
        var runs = ImmutableArray.CreateBuilder<PatternSyntax>();
        foreach (var set in sets)
        {
            runs.Add(new RepeatSyntax(new SetSyntax(set), 1, int.MaxValue, lazy: false));
        }

        return new("", new ChoiceSyntax(runs.DrainToImmutable()));
    }

    /// <summary>
    /// Cuts a text at the matches, from left to right: matches and what lies between them cover the text. A match without a character counts where it doesn't
    /// touch the one before.
    /// </summary>
    /// <param name="text">The text; there is nothing before and behind it.</param>
    /// <param name="spans">Where to put the spans.</param>
    /// <exception cref="InvalidInputException">The expression can't be matched with this text in reasonable time and memory.</exception>
    public void Split(ReadOnlySpan<char> text, List<PatternSpan> spans)
    {
        try
        {
            Cut(text, spans);
        }
        catch (PatternException e)
        {
            throw TooMuch(text, e.Message, e);
        }
        catch (InsufficientExecutionStackException e)
        {
            throw TooMuch(text, "repeats too much", e);
        }
    }

    private InvalidInputException TooMuch(ReadOnlySpan<char> text, string reason, Exception cause) =>
        new($"expression \"{OneLineText.OneLine(_source)}\"", $"{reason} on a text of {text.Length} characters, \"{OneLineText.OneLine(text[..Math.Min(text.Length, 40)].ToString())}\"…", cause);

    private void Cut(ReadOnlySpan<char> text, List<PatternSpan> spans)
    {
        var previous = 0;
        var previousMatch = -1;
        for (var from = 0; from <= text.Length && !text.IsEmpty;)
        {
            if (!Find(text, from, out var start, out var end))
            {
                break;
            }

            if (start == end && end == previousMatch)
            {
                from = end < text.Length ? end + Length(text, end) : end + 1;
                continue;
            }

            if (previous != start)
            {
                spans.Add(new(previous, start, IsMatch: false));
            }

            spans.Add(new(start, end, IsMatch: true));
            previous = previousMatch = from = end;
        }

        if (previous != text.Length || text.IsEmpty)
        {
            spans.Add(new(previous, text.Length, IsMatch: false));
        }
    }

    /// <summary>The text with every match replaced.</summary>
    public string Replace(string text, string replacement)
    {
        var spans = new List<PatternSpan>();
        Split(text, spans);
        if (!spans.Exists(s => s.IsMatch))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        foreach (var span in spans)
        {
            result.Append(span.IsMatch ? replacement : text.AsSpan(span.Start, span.End - span.Start));
        }

        return result.ToString();
    }

    private bool Find(ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        StepLimit.Restart();
        for (start = from; start <= text.Length; start += start < text.Length ? Length(text, start) : 1)
        {
            if (_first is not null)
            {
                while (start < text.Length && !_first.Contains(CodePoints.At(text, start, out var length)))
                {
                    start += length;
                }

                if (start == text.Length)
                {
                    break;
                }
            }

            end = _matcher.Match(text, start);
            if (end >= 0)
            {
                return true;
            }
        }

        end = -1;
        return false;
    }

    private static int Length(ReadOnlySpan<char> text, int at)
    {
        CodePoints.At(text, at, out var length);
        return length;
    }
}
