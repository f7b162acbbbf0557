namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>Parses a class in brackets: characters, ranges, escapes, classes within, and what several have in common (<c>&amp;&amp;</c>).</summary>
internal sealed class ClassParser(PatternReader reader, PatternOptions options)
{
    private const int MaxDepth = 20;
    private int _depth;

    /// <summary>The class, whose opening bracket has been read.</summary>
    public CharacterSet Parse()
    {
        if (++_depth > MaxDepth)
        {
            throw new PatternException($"has classes nested deeper than {MaxDepth}");
        }

        if (reader.IsAt(":"))
        {
            throw new PatternException("has a class [[:…:]], which isn't supported; \\p{…} is");
        }

        var negative = reader.TryTake("^");
        if (reader.IsAt("]"))
        {
            throw new PatternException("has a class that is empty or begins with ], which isn't supported; escape it as \\]");
        }

        CharacterSet? common = null;
        do
        {
            var part = ParseUnion();
            common = common?.Intersect(part) ?? part;
        }
        while (reader.TryTake("&&"));
        if (!reader.TryTake("]"))
        {
            throw new PatternException("lacks a ]");
        }

        _depth--;
        var set = options.IgnoreCase ? CaseFolding.Close(common) : common;
        return negative ? set.Negate() : set;
    }

    private CharacterSet ParseUnion()
    {
        var set = CharacterSet.Empty;
        while (!reader.IsAtEnd && !reader.IsAt("]") && !reader.IsAt("&&"))
        {
            set = set.Union(ParseItem());
        }

        return set;
    }

    private CharacterSet ParseItem()
    {
        if (reader.TryTake("["))
        {
            return Parse();
        }

        var start = reader.At;
        var first = ParseCharacter();
        if (first.Set is { } set)
        {
            return set;
        }

        // A hyphen at the end stands for itself.
        if (!reader.IsAt("-") || reader.IsAt("-]") || reader.IsAt("-&&"))
        {
            return CharacterSet.Of(first.CodePoint);
        }

        reader.TryTake("-");
        if (reader.IsAt("["))
        {
            throw new PatternException($"has a range to a class, which isn't supported: {reader.Since(start)}");
        }

        var last = ParseCharacter();
        return last.Set is null && first.CodePoint <= last.CodePoint
            ? CharacterSet.Range(first.CodePoint, last.CodePoint)
            : throw new PatternException($"has a range that isn't one: {reader.Since(start)}");
    }

    private Escape ParseCharacter()
    {
        var start = reader.At;
        return reader.TryTake("\\") ? new EscapeParser(reader).Parse(start, inClass: true) : new(reader.Take());
    }
}
