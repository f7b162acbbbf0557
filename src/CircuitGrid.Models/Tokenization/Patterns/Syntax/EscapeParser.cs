using System.Globalization;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>Parses what follows a backslash, in a class or outside.</summary>
internal sealed class EscapeParser(PatternReader reader)
{
    /// <param name="start">Where the backslash stands, which has been read.</param>
    /// <param name="inClass">Whether it stands in a class in brackets.</param>
    public Escape Parse(int start, bool inClass)
    {
        var codePoint = reader.Take();
        switch (codePoint)
        {
            case 't':
                return new('\t');
            case 'n':
                return new('\n');
            case 'r':
                return new('\r');
            case 'f':
                return new('\f');
            case 'v':
                return new('\v');
            case 'a':
                return new('\a');
            case 'e':
                return new('\e');
            case 'x':
                return new(ParseHexadecimal(start));
            case 'u':
                return new(CodePoint(reader.TakeDigits(char.IsAsciiHexDigit, 4) is { Length: 4 } digits ? digits : throw Unsupported(start)));
            case 'p' or 'P':
                return ParseProperty(codePoint == 'P', start);
        }

        if (CharacterClasses.Find((char)codePoint, inClass) is { } set)
        {
            return new(0, set);
        }

        return codePoint < 0x80 && !char.IsAsciiLetterOrDigit((char)codePoint) ? new(codePoint) : throw Unsupported(start);
    }

    private int ParseHexadecimal(int start)
    {
        if (!reader.TryTake("{"))
        {
            return CodePoint(reader.TakeDigits(char.IsAsciiHexDigit, 2) is { Length: > 0 } digits ? digits : throw Unsupported(start));
        }

        var inner = reader.TakeUntil("}");
        return inner.Length is > 0 and <= 8 && inner.All(char.IsAsciiHexDigit) ? CodePoint(inner) : throw Unsupported(start);
    }

    private Escape ParseProperty(bool negative, int start)
    {
        if (!reader.TryTake("{"))
        {
            throw Unsupported(start);
        }

        negative ^= reader.TryTake("^");
        var name = reader.TakeUntil("}");
        var set = GeneralCategories.Find(name)
            ?? throw new PatternException($"has the Unicode property {reader.Since(start)}, which isn't supported; general categories are: {string.Join(", ", GeneralCategories.Names)}");
        return new(0, negative ? set.Negate() : set, IsProperty: true);
    }

    private static int CodePoint(string digits) =>
        int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture) is var value and ((>= 0 and < 0xD800) or (> 0xDFFF and <= 0x10FFFF))
            ? value
            : throw new PatternException($"has the code point {digits}, which is no character");

    private PatternException Unsupported(int start) => new(
        $"has {reader.Since(start)}, which isn't supported; \\t \\n \\r \\f \\v \\a \\e \\xHH \\x{{H…}} \\uHHHH \\s \\S \\d \\D \\w \\W \\h \\H \\p{{…}} \\P{{…}} \\A \\z \\Z \\b \\B and escaped signs are");
}
