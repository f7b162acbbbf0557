using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace CircuitGrid.Experiments.Specification;

/// <summary>A value of a YAML document and the line it starts on.</summary>
/// <param name="Line">One-based.</param>
internal abstract record YamlValue(long Line);

/// <param name="Quoted">Written in quotes or as a block: a text whatever it looks like.</param>
internal sealed record YamlScalar(string Text, bool Quoted, long Line) : YamlValue(Line);

internal sealed record YamlList(ImmutableArray<YamlValue> Items, long Line) : YamlValue(Line);

internal sealed record YamlMap(ImmutableArray<(YamlScalar Key, YamlValue Value)> Entries, long Line) : YamlValue(Line);

/// <summary>
/// Reads one YAML document into values. What an experiment has no use for and a hostile file might use (aliases, tags, several
/// documents, deep nesting, huge files) is an error.
/// </summary>
internal sealed class YamlTree
{
    /// <summary>Longest text, in characters.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>Deepest nesting of lists and maps.</summary>
    public const int MaxDepth = 8;

    /// <summary>Most values and keys together.</summary>
    public const int MaxValues = 20_000;

    private readonly Parser parser;
    private readonly string source;
    private int values;

    private YamlTree(string text, string source)
    {
        parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        this.source = source;
    }

    /// <exception cref="InvalidInputException">It isn't one plain YAML document within the limits.</exception>
    public static YamlValue Parse(string text, string source)
    {
        if (text.Length > MaxLength)
        {
            throw new InvalidInputException(source, $"is longer than {MaxLength} characters; an experiment is a page at most");
        }

        RequirePrintable(text, source);
        var tree = new YamlTree(text, source);
        try
        {
            return tree.Document();
        }
        catch (YamlException e)
        {
            throw new InvalidInputException(At(source, e.Start.Line), $"isn't YAML: {FirstLine(e.Message)}", e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or IndexOutOfRangeException or OverflowException)
        {
            // the parser's own slips on malformed text
            throw new InvalidInputException(source, "isn't YAML", e);
        }
    }

    /// <summary>The parser takes a NUL for the end of the text, and others of the characters that YAML (1.2, section 5.1) has none of for blanks.</summary>
    private static void RequirePrintable(string text, string source)
    {
        var line = 1;
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
            {
                at++;
            }
            else if (c is not ('\t' or '\n' or '\r' or '\u0085' or (>= ' ' and <= '~') or (>= '\u00A0' and <= '\uD7FF') or (>= '\uE000' and <= '\uFFFD')))
            {
                throw new InvalidInputException(At(source, line), string.Create(CultureInfo.InvariantCulture, $"holds the character U+{(int)c:X4}, which no YAML text has"));
            }

            line += c == '\n' || (c == '\r' && (at + 1 == text.Length || text[at + 1] != '\n')) ? 1 : 0;
        }
    }

    /// <summary>How messages name a line of a file.</summary>
    public static string At(string source, long line) => string.Create(CultureInfo.InvariantCulture, $"{source}: line {line}");

    private YamlValue Document()
    {
        Next<StreamStart>();
        if (!parser.MoveNext() || parser.Current is StreamEnd)
        {
            throw new InvalidInputException(source, "is empty");
        }

        parser.MoveNext();
        var value = Value(depth: 0);
        Next<DocumentEnd>();
        parser.MoveNext();
        return parser.Current is StreamEnd
            ? value
            : throw new InvalidInputException(At(source, parser.Current!.Start.Line), "a second document starts; an experiment is one document");
    }

    private YamlValue Value(int depth)
    {
        var start = parser.Current!;
        var line = start.Start.Line;
        if (++values > MaxValues)
        {
            throw new InvalidInputException(At(source, line), $"more than {MaxValues} values");
        }

        if (depth > MaxDepth)
        {
            throw new InvalidInputException(At(source, line), $"nested deeper than {MaxDepth} levels");
        }

        if (start is AnchorAlias || (start is NodeEvent { Anchor.IsEmpty: false }))
        {
            throw new InvalidInputException(At(source, line), "anchors and aliases aren't taken; write the value out");
        }

        if (start is NodeEvent { Tag.IsEmpty: false })
        {
            throw new InvalidInputException(At(source, line), "tags aren't taken; write the plain value");
        }

        return start switch
        {
            Scalar scalar => new YamlScalar(scalar.Value, scalar.Style != ScalarStyle.Plain, line),
            SequenceStart => List(line, depth),
            MappingStart => Map(line, depth),
            _ => throw new InvalidInputException(At(source, line), "a value is missing"),
        };
    }

    private YamlList List(long line, int depth)
    {
        var items = ImmutableArray.CreateBuilder<YamlValue>();
        while (parser.MoveNext() && parser.Current is not SequenceEnd)
        {
            items.Add(Value(depth + 1));
        }

        return new(items.ToImmutable(), line);
    }

    private YamlMap Map(long line, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<(YamlScalar, YamlValue)>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (parser.MoveNext() && parser.Current is not MappingEnd)
        {
            if (Value(depth + 1) is not YamlScalar key)
            {
                throw new InvalidInputException(At(source, parser.Current!.Start.Line), "a key must be a word");
            }

            if (!keys.Add(key.Text))
            {
                throw new InvalidInputException(At(source, key.Line), $"'{YamlSection.Shown(key.Text)}' is given twice");
            }

            parser.MoveNext();
            entries.Add((key, Value(depth + 1)));
        }

        return new(entries.ToImmutable(), line);
    }

    private void Next<T>()
        where T : ParsingEvent
    {
        if (!parser.MoveNext() || parser.Current is not T)
        {
            throw new InvalidInputException(source, "isn't YAML");
        }
    }

    private static string FirstLine(string message)
    {
        var end = message.AsSpan().IndexOfAny('\r', '\n');
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }
}
