using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>
/// An object of a JSON file that came from outside. Everything asked of it is checked, and what doesn't fit is an error that names
/// the file and the key. A key whose value is <c>null</c> counts as missing.
/// </summary>
internal sealed partial class JsonInput
{
    private const int MaxDepth = 32;

    private readonly string _where;
    private readonly JsonElement _object;

    private JsonInput(string where, JsonElement element)
    {
        _where = where;
        _object = element;
    }

    /// <exception cref="InvalidInputException">The file can't be read, is larger than <paramref name="limit"/> bytes or isn't one JSON object.</exception>
    public static JsonInput Read(string path, int limit) => Parse(path, SourceFile.ReadAll(path, limit));

    /// <exception cref="InvalidInputException">The bytes aren't one JSON object.</exception>
    public static JsonInput Parse(string path, ReadOnlySpan<byte> utf8)
    {
        var byteOrderMark = "\uFEFF"u8;
        if (utf8.StartsWith(byteOrderMark))
        {
            utf8 = utf8[byteOrderMark.Length..];
        }

        try
        {
            var root = JsonElement.Parse(utf8, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            return root.ValueKind == JsonValueKind.Object
                ? new JsonInput(path, root)
                : throw new InvalidInputException(path, "isn't a JSON object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how the reader reports a name that isn't valid Unicode.
            throw new InvalidInputException(path, "isn't valid JSON: " + Text.OneLine(e.Message), e);
        }
    }

    public InvalidInputException Error(string key, string reason) => new(_where, $"{Text.OneLine(key)} {reason}");

    public bool Has(string key) => TryFind(key, out _);

    public string? FindString(string key) => TryFind(key, out var value) ? ToText(key, value) : null;

    public bool? FindBoolean(string key) => !TryFind(key, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Error(key, "must be true or false"),
    };

    /// <summary>A finite number.</summary>
    public double? FindNumber(string key) =>
        !TryFind(key, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number
        : throw Error(key, "must be a finite number");

    /// <summary>A whole number within a range; 32.0 is one.</summary>
    public long? FindInteger(string key, long minimum, long maximum)
    {
        if (FindNumber(key) is not { } number)
        {
            return null;
        }

        return number == Math.Floor(number) && number >= minimum && number <= maximum
            ? (long)number
            : throw Error(key, $"is {number:R}; it must be a whole number from {minimum} to {maximum}");
    }

    public JsonInput? FindObject(string key) =>
        !TryFind(key, out var value) ? null
        : value.ValueKind == JsonValueKind.Object ? new JsonInput($"{_where}: {Text.OneLine(key)}", value)
        : throw Error(key, "must be an object");

    /// <summary>An array whose items are all objects.</summary>
    public IReadOnlyList<JsonInput>? FindObjects(string key)
    {
        if (!TryFind(key, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object))
        {
            throw Error(key, "must be an array of objects");
        }

        return [.. value.EnumerateArray().Select((item, i) => new JsonInput($"{_where}: {Text.OneLine(key)}[{i}]", item))];
    }

    /// <summary>All entries of this object, whose values must be strings.</summary>
    public IEnumerable<(string Key, string Value)> Strings()
    {
        foreach (var property in _object.EnumerateObject())
        {
            string key;
            try
            {
                key = property.Name;
            }
            catch (InvalidOperationException e)
            {
                throw new InvalidInputException(_where, "has a key that isn't valid Unicode", e);
            }

            yield return (key, ToText(key, property.Value));
        }
    }

    private bool TryFind(string key, [MaybeNullWhen(false)] out JsonElement value) =>
        _object.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;

    private string ToText(string key, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw Error(key, "must be a string");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidInputException(_where, $"{Text.OneLine(key)} isn't valid Unicode", e);
        }
    }
}
