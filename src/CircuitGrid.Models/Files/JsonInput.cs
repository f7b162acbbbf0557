using System.Collections.Frozen;
using System.Text.Json;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>
/// A value of a JSON file that came from outside, and where it stands. Everything asked of it is checked, and what doesn't fit is an error that
/// names the file, the place and what was seen there. An object knows which of its keys were asked for: <see cref="Finish()"/> and
/// <see cref="FinishForeign"/> refuse the others, so that no key of a file can be passed over unnoticed.
/// </summary>
internal sealed class JsonInput
{
    /// <summary>Deepest nesting of objects and lists.</summary>
    public const int MaxDepth = 32;

    private readonly string _place;
    private readonly string? _name;
    private readonly JsonElement _value;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private JsonInput(string place, string? name, JsonElement value)
    {
        _place = place;
        _name = name;
        _value = value;
    }

    /// <summary>File and place, as messages name them.</summary>
    public string Where => _name is null ? _place : $"{_place}: {_name}";

    public JsonValueKind Kind => _value.ValueKind;

    /// <summary>An object that is all of a file.</summary>
    /// <exception cref="InvalidInputException">The file can't be read, is larger than <paramref name="limit"/> bytes or isn't one JSON object.</exception>
    public static JsonInput Read(string path, int limit) => Parse(path, SourceFile.ReadAll(path, limit));

    /// <summary>An object that is all of a text.</summary>
    /// <exception cref="InvalidInputException">The bytes aren't one JSON object, or an object in them has a key twice.</exception>
    public static JsonInput Parse(string path, ReadOnlySpan<byte> utf8)
    {
        var root = new JsonInput(path, name: null, JsonText.Parse(path, utf8, MaxDepth));
        return root.Kind == JsonValueKind.Object ? root : throw new InvalidInputException(path, $"is {JsonText.Describe(root.Kind)}, not a JSON object");
    }

    /// <summary>An error about this value.</summary>
    public InvalidInputException Error(string reason, Exception? inner = null) => new(_place, _name is null ? reason : $"{_name} {reason}", inner);

    /// <summary>An error about a member of this object.</summary>
    public InvalidInputException Error(string key, string reason) => new(Where, $"{Text.OneLine(key)} {reason}");

    /// <summary>Whether this object has a member that isn't <c>null</c>.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>A member of this object; <see langword="null"/> where it is missing or <c>null</c>.</summary>
    public JsonInput? Find(string key)
    {
        Expect(JsonValueKind.Object);
        _asked.Add(key);
        return _value.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? new(Where, Text.OneLine(key), value) : null;
    }

    /// <summary>A member of this object that has to be there.</summary>
    public JsonInput Require(string key) => Find(key) ?? throw Error(key, "is missing");

    public string? FindString(string key) => Find(key)?.AsString();

    public bool? FindBoolean(string key) => Find(key)?.AsBoolean();

    /// <summary>A finite number.</summary>
    public double? FindNumber(string key) => Find(key)?.AsNumber();

    /// <summary>A whole number within a range; 32.0 is one.</summary>
    public long? FindInteger(string key, long minimum, long maximum) => Find(key)?.AsInteger(minimum, maximum);

    public JsonInput? FindObject(string key)
    {
        var value = Find(key);
        value?.Expect(JsonValueKind.Object);
        return value;
    }

    /// <summary>A list whose items are all objects.</summary>
    public IReadOnlyList<JsonInput>? FindObjects(string key)
    {
        if (Find(key) is not { } list)
        {
            return null;
        }

        var items = list.Items().ToList();
        items.ForEach(item => item.Expect(JsonValueKind.Object));
        return items;
    }

    public string AsString()
    {
        Expect(JsonValueKind.String);
        return Decode(_value.GetString!);
    }

    public bool AsBoolean() => Kind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Error($"is {JsonText.Describe(Kind)}; it must be true or false"),
    };

    /// <summary>A finite number.</summary>
    public double AsNumber()
    {
        Expect(JsonValueKind.Number);
        return _value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Error($"is {Text.OneLine(_value.GetRawText())}; it must be a finite number");
    }

    /// <summary>Any number; one that is too large for a double is infinite.</summary>
    public double AsAnyNumber()
    {
        Expect(JsonValueKind.Number);
        return _value.TryGetDouble(out var number) ? number : throw Error($"is {Text.OneLine(_value.GetRawText())}; it must be a number");
    }

    /// <summary>A whole number within a range; 32.0 is one.</summary>
    public long AsInteger(long minimum, long maximum)
    {
        var number = AsNumber();
        return number == Math.Floor(number) && number >= minimum && number <= maximum
            ? (long)number
            : throw Error($"is {Text.OneLine(_value.GetRawText())}; it must be a whole number from {minimum} to {maximum}");
    }

    /// <summary>The items of this list.</summary>
    public IEnumerable<JsonInput> Items()
    {
        Expect(JsonValueKind.Array);
        var index = 0;
        foreach (var item in _value.EnumerateArray())
        {
            yield return new(_place, $"{_name}[{index++}]", item);
        }
    }

    /// <summary>All members of this object, whose keys are names that the file gives: none of them is unknown.</summary>
    public IEnumerable<(string Key, JsonInput Value)> Members()
    {
        Expect(JsonValueKind.Object);
        foreach (var property in _value.EnumerateObject())
        {
            var key = Decode(() => property.Name);
            _asked.Add(key);
            yield return (key, new(Where, Text.OneLine(key), property.Value));
        }
    }

    public void Expect(JsonValueKind kind)
    {
        if (Kind != kind)
        {
            throw Error($"is {JsonText.Describe(Kind)}; it must be {JsonText.Describe(kind)}");
        }
    }

    /// <summary>Refuses what was never asked for in a file of this program's own form.</summary>
    /// <exception cref="InvalidInputException">The object has another key.</exception>
    public void Finish() => Finish(FrozenSet<string>.Empty);

    /// <summary>Refuses what was never asked for, but for keys that are known to have no effect.</summary>
    /// <param name="harmless">Keys without effect.</param>
    /// <exception cref="InvalidInputException">The object has another key.</exception>
    public void Finish(IReadOnlySet<string> harmless)
    {
        if (Unasked().FirstOrDefault(x => !harmless.Contains(x.Key)) is { Key: not null } unknown)
        {
            throw Error($"has no key '{Text.OneLine(unknown.Key)}'{NearestName.Hint(unknown.Key, [.. _asked, .. harmless])}");
        }
    }

    /// <summary>
    /// Refuses what was never asked for in a file of another tool, but for keys that are known to have no effect on what is computed, keys that a person has said
    /// to ignore, and keys with an empty value, which are noted.
    /// </summary>
    /// <param name="harmless">Keys without effect.</param>
    /// <param name="foreign">What to ignore, and where to note what was passed over.</param>
    /// <exception cref="InvalidInputException">The object has another key, or one that is a known one but for a slip.</exception>
    public void FinishForeign(IReadOnlySet<string> harmless, ForeignKeys foreign)
    {
        foreach (var (key, value) in Unasked().Where(x => !harmless.Contains(x.Key)))
        {
            foreign.PassOver(this, key, value, [.. _asked, .. harmless]);
        }
    }

    private IEnumerable<(string Key, JsonElement Value)> Unasked()
    {
        Expect(JsonValueKind.Object);
        foreach (var property in _value.EnumerateObject())
        {
            var key = Decode(() => property.Name);
            if (!_asked.Contains(key))
            {
                yield return (key, property.Value);
            }
        }
    }

    private string Decode(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException e)
        {
            // An escaped half of a surrogate pair is valid JSON, but no text.
            throw Error("isn't valid Unicode: it holds half of a surrogate pair", e);
        }
    }
}
