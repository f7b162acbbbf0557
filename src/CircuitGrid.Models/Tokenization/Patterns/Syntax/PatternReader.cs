namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>The characters of an expression, one after the other.</summary>
internal sealed class PatternReader(string text)
{
    public int At { get; set; }

    public bool IsAtEnd => At == text.Length;

    /// <summary>The next character, which has to be there.</summary>
    public char Peek() => At < text.Length ? text[At] : throw new PatternException("ends in the middle");

    public bool IsAt(string expected) => string.CompareOrdinal(text, At, expected, 0, expected.Length) == 0;

    /// <summary>Steps over what is expected, where it stands here.</summary>
    public bool TryTake(string expected)
    {
        var isHere = IsAt(expected);
        At += isHere ? expected.Length : 0;
        return isHere;
    }

    /// <summary>The next code point, which has to be there.</summary>
    public int Take()
    {
        Peek();
        var codePoint = CodePoints.At(text, At, out var length);
        At += length;
        return codePoint;
    }

    /// <summary>The digits from here on, of a base and not more than so many.</summary>
    public string TakeDigits(Func<char, bool> isDigit, int most)
    {
        var start = At;
        while (At < text.Length && At - start < most && isDigit(text[At]))
        {
            At++;
        }

        return text[start..At];
    }

    /// <summary>What stands before an end, which has to come; steps over both.</summary>
    public string TakeUntil(string end)
    {
        var at = text.IndexOf(end, At, StringComparison.Ordinal);
        if (at < 0)
        {
            throw new PatternException($"lacks a {end}");
        }

        var inner = text[At..at];
        At = at + end.Length;
        return inner;
    }

    /// <summary>An expression's part as errors show it.</summary>
    public string Since(int start) => text[start..At];
}
