using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>Parses JSON from outside, and says in this program's own words where a text isn't any.</summary>
public static class JsonText
{
    private const int LongestWord = 24;

    private static readonly SearchValues<byte> s_ends = SearchValues.Create(" \t\r\n,:[]{}"u8);

    /// <summary>Parses a text in UTF-8, with or without a byte order mark.</summary>
    /// <param name="where">What messages call it.</param>
    /// <param name="utf8">The text.</param>
    /// <param name="maxDepth">Deepest nesting of objects and lists.</param>
    /// <exception cref="InvalidInputException">It isn't JSON or UTF-8, is nested deeper, or an object in it has a key twice; the message names the line.</exception>
    public static JsonElement Parse(string where, ReadOnlySpan<byte> utf8, int maxDepth)
    {
        var byteOrderMark = "\uFEFF"u8;
        if (utf8.StartsWith(byteOrderMark))
        {
            utf8 = utf8[byteOrderMark.Length..];
        }

        try
        {
            var root = JsonElement.Parse(utf8, new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false });
            return Utf8.IsValid(utf8) ? root : throw new InvalidInputException(where, $"isn't valid UTF-8: {PlaceOfInvalid(utf8)} has bytes that encode no character");
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(where, Explain(e, utf8, maxDepth), e);
        }
        catch (InvalidOperationException e)
        {
            // How the parser reports a name that isn't valid Unicode.
            throw new InvalidInputException(where, "isn't valid JSON: a name in it holds half of a surrogate pair", e);
        }
    }

    /// <summary>Why a text isn't JSON: what stands at the place where the parser stopped.</summary>
    /// <param name="error">The parser's exception.</param>
    /// <param name="utf8">The text that it read.</param>
    /// <param name="maxDepth">The nesting that it allows.</param>
    public static string Explain(JsonException error, ReadOnlySpan<byte> utf8, int maxDepth)
    {
        if (utf8.IsEmpty)
        {
            return "isn't JSON: it is empty";
        }

        if (utf8[0] is not ((byte)'\t' or (byte)'\n' or (byte)'\r') && utf8[0] is < (byte)' ' or >= 0x80)
        {
            return $"isn't JSON: it begins with the byte 0x{utf8[0]:x2}, which no JSON text does";
        }

        if (error.LineNumber is not { } line || error.BytePositionInLine is not { } column || Locate(utf8, line, column) is not { } at)
        {
            return FindDuplicate(utf8, maxDepth) is { } twice ? $"has the key '{Text.OneLine(twice)}' twice" : "isn't valid JSON";
        }

        // Of a text of one line the caller has said which line that is, if it is one of several.
        var isOneLine = !utf8.Contains((byte)'\n');
        var place = isOneLine ? "isn't valid JSON: it" : $"isn't valid JSON: line {line + 1}";
        if (at >= utf8.Length)
        {
            return $"{place} ends in the middle of a value";
        }

        // The parser may stop inside or behind the word that it doesn't like.
        var start = at;
        while (start > 0 && at - start < LongestWord && !s_ends.Contains(utf8[start - 1]))
        {
            start--;
        }

        var word = Word(utf8[start..]);
        return word is "NaN" or "Infinity" or "-Infinity" or "nan" or "inf"
            ? $"{place} has {word}, which is no JSON number; write null where there is none"
            : $"{(isOneLine ? "isn't valid JSON:" : $"{place},")} byte {column + 1 - (at - start)} has '{Text.OneLine(word)}', which doesn't belong there";
    }

    /// <summary>A kind of value as messages name it.</summary>
    public static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Null => "null",
        _ => "missing",
    };

    private static string PlaceOfInvalid(ReadOnlySpan<byte> utf8)
    {
        var line = 1;
        foreach (var range in utf8.Split((byte)'\n'))
        {
            if (!Utf8.IsValid(utf8[range]))
            {
                break;
            }

            line++;
        }

        // Of a text of one line the caller has said which line that is, if it is one of several.
        return utf8.Contains((byte)'\n') ? $"line {line}" : "it";
    }

    private static int? Locate(ReadOnlySpan<byte> utf8, long line, long column)
    {
        var at = 0;
        for (; line > 0; line--)
        {
            var end = utf8[at..].IndexOf((byte)'\n');
            if (end < 0)
            {
                return null;
            }

            at += end + 1;
        }

        return at + column <= utf8.Length ? (int)(at + column) : null;
    }

    private static string Word(ReadOnlySpan<byte> utf8)
    {
        var length = utf8.IndexOfAny(s_ends);
        length = length < 0 ? utf8.Length : Math.Max(1, length);
        return Encoding.UTF8.GetString(utf8[..Math.Min(length, LongestWord)]);
    }

    /// <summary>The first key that an object has twice.</summary>
    private static string? FindDuplicate(ReadOnlySpan<byte> utf8, int maxDepth)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = maxDepth });
        var objects = new Stack<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        objects.Push(new(StringComparer.Ordinal));
                        break;
                    case JsonTokenType.EndObject:
                        objects.Pop();
                        break;
                    case JsonTokenType.PropertyName when reader.GetString() is var name && !objects.Peek().Add(name!):
                        return name;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Something else is wrong with it.
        }

        return null;
    }
}
