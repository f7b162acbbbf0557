using System.Collections.Immutable;
using System.Globalization;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>
/// Parses the Ruby syntax of Oniguruma (its doc/RE): groups, atomic ones, lookaround, options, possessive and lazy repetition. A repetition <c>{n,m}+</c> isn't
/// possessive there but repeated again, <c>{n}?</c> is optional, and <c>^</c> and <c>$</c> are those of lines.
/// </summary>
internal sealed class PatternParser
{
    private const int MaxDepth = 50, MaxCount = 1000;

    private static readonly CharacterSet s_lineFeed = CharacterSet.Of('\n');

    private readonly PatternReader _reader;
    private int _depth;

    private PatternParser(string expression) => _reader = new(expression);

    /// <exception cref="PatternException">It isn't an expression, or has a construct that isn't supported.</exception>
    public static PatternSyntax Parse(string expression)
    {
        var parser = new PatternParser(expression);
        var syntax = parser.ParseChoice(new());
        return parser._reader.IsAtEnd ? syntax : throw new PatternException("has a ) too many");
    }

    private PatternSyntax ParseChoice(PatternOptions options)
    {
        if (++_depth > MaxDepth)
        {
            throw new PatternException($"has groups nested deeper than {MaxDepth}");
        }

        var branches = ImmutableArray.CreateBuilder<PatternSyntax>();
        do
        {
            branches.Add(ParseSequence(options));
        }
        while (_reader.TryTake("|"));
        _depth--;
        return branches.Count == 1 ? branches[0] : new ChoiceSyntax(branches.DrainToImmutable());
    }

    private SequenceSyntax ParseSequence(PatternOptions options)
    {
        var parts = ImmutableArray.CreateBuilder<PatternSyntax>();
        var previous = -1;
        while (!_reader.IsAtEnd && _reader.Peek() is not ('|' or ')'))
        {
            var start = _reader.At;
            var atom = ParseAtom(options, out var literal);
            if (options.IgnoreCase && literal >= 0)
            {
                CaseFolding.RefuseSequence(previous, literal);
            }

            previous = literal;
            parts.Add(ParseRepetitions(atom, start));
        }

        return new(parts.DrainToImmutable());
    }

    private PatternSyntax ParseRepetitions(PatternSyntax atom, int start)
    {
        while (!_reader.IsAtEnd)
        {
            var once = atom;
            if (_reader.TryTake("*") || _reader.TryTake("+") || _reader.TryTake("?"))
            {
                var sign = _reader.Since(_reader.At - 1);
                var (minimum, maximum) = sign switch { "*" => (0, int.MaxValue), "+" => (1, int.MaxValue), _ => (0, 1) };
                var lazy = _reader.TryTake("?");
                var repeat = new RepeatSyntax(atom, minimum, maximum, lazy);
                atom = !lazy && _reader.TryTake("+") ? new AtomicSyntax(repeat) : repeat;
            }
            else if (TryTakeInterval(out var minimum, out var maximum))
            {
                var isRange = minimum != maximum;
                atom = new RepeatSyntax(atom, minimum, maximum, isRange && _reader.TryTake("?"));
            }
            else
            {
                break;
            }

            if (once.Width is 0)
            {
                throw new PatternException($"repeats what has no characters: {_reader.Since(start)}");
            }
        }

        return atom;
    }

    /// <summary>A repetition in braces; what looks like one and isn't stands for itself.</summary>
    private bool TryTakeInterval(out int minimum, out int maximum)
    {
        var start = _reader.At;
        (minimum, maximum) = (0, int.MaxValue);
        if (_reader.TryTake("{"))
        {
            var low = _reader.TakeDigits(char.IsAsciiDigit, 5);
            var isRange = _reader.TryTake(",");
            var high = isRange ? _reader.TakeDigits(char.IsAsciiDigit, 5) : low;
            if (low.Length + high.Length > 0 && _reader.TryTake("}"))
            {
                minimum = low.Length > 0 ? Count(low) : 0;
                maximum = high.Length > 0 ? Count(high) : int.MaxValue;
                return minimum <= maximum ? true : throw new PatternException($"has a repetition whose limits are the wrong way round: {_reader.Since(start)}");
            }
        }

        _reader.At = start;
        return false;

        static int Count(string digits) => int.Parse(digits, CultureInfo.InvariantCulture) is var count and <= MaxCount
            ? count
            : throw new PatternException($"repeats {digits} times; {MaxCount} times are supported");
    }

    private PatternSyntax ParseAtom(PatternOptions options, out int literal)
    {
        literal = -1;
        var start = _reader.At;
        var codePoint = _reader.Take();
        switch (codePoint)
        {
            case '(':
                return ParseGroup(options);
            case '[':
                return new SetSyntax(new ClassParser(_reader, options).Parse());
            case '.':
                return new SetSyntax(options.DotAll ? CharacterSet.All : s_lineFeed.Negate());
            case '^':
                return AnchorSyntax.LineStart();
            case '$':
                return AnchorSyntax.LineEnd();
            case '*' or '+' or '?':
                throw new PatternException($"has a {(char)codePoint} with nothing to repeat");
            case '\\':
                if (TryParseAnchor() is { } anchor)
                {
                    return anchor;
                }

                var escape = new EscapeParser(_reader).Parse(start, inClass: false);
                if (escape.Set is { } set)
                {
                    return new SetSyntax(escape.IsProperty && options.IgnoreCase ? CaseFolding.Close(set) : set);
                }

                codePoint = escape.CodePoint;
                break;
        }

        literal = codePoint;
        var only = CharacterSet.Of(codePoint);
        return new SetSyntax(options.IgnoreCase ? CaseFolding.Close(only) : only);
    }

    private AnchorSyntax? TryParseAnchor() => _reader.TryTake("A") ? AnchorSyntax.TextStart()
        : _reader.TryTake("z") ? AnchorSyntax.TextEnd()
        : _reader.TryTake("Z") ? AnchorSyntax.LastLineEnd()
        : _reader.TryTake("b") ? AnchorSyntax.Word(CharacterClasses.LoneWord, boundary: true)
        : _reader.TryTake("B") ? AnchorSyntax.Word(CharacterClasses.LoneWord, boundary: false)
        : null;

    private PatternSyntax ParseGroup(PatternOptions options)
    {
        var start = _reader.At - 1;
        if (!_reader.TryTake("?"))
        {
            // A group that captures is one like others, because nothing refers to it.
            return Close(ParseChoice(options));
        }

        if (_reader.TryTake(":"))
        {
            return Close(ParseChoice(options));
        }

        if (_reader.TryTake(">"))
        {
            return new AtomicSyntax(Close(ParseChoice(options)));
        }

        foreach (var (sign, behind, negative) in (ReadOnlySpan<(string, bool, bool)>)[("=", false, false), ("!", false, true), ("<=", true, false), ("<!", true, true)])
        {
            if (_reader.TryTake(sign))
            {
                return new LookSyntax(Close(ParseChoice(options)), behind, negative);
            }
        }

        return ParseOptions(options, start);
    }

    /// <summary>Options of a group, or of the rest of the group around it.</summary>
    private PatternSyntax ParseOptions(PatternOptions options, int start)
    {
        for (var on = true; ;)
        {
            switch (_reader.Take())
            {
                case 'i':
                    options = options with { IgnoreCase = on };
                    break;
                case 'm':
                    options = options with { DotAll = on };
                    break;
                case '-':
                    on = false;
                    break;
                case ':':
                    return Close(ParseChoice(options));
                case ')':
                    return ParseChoice(options);
                default:
                    throw new PatternException(
                        $"has a group {_reader.Since(start)}…, which isn't supported; (…), (?:…), (?>…), (?=…), (?!…), (?<=…), (?<!…) and the options i and m are");
            }
        }
    }

    private PatternSyntax Close(PatternSyntax body) => _reader.TryTake(")") ? body : throw new PatternException("lacks a )");
}
