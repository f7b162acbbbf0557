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

    // Where a value stands is written out when a message needs it: a vocabulary has a quarter of a million values.
    private readonly JsonInput? _parent;
    private readonly string? _key;
    private readonly int _index;
    private readonly JsonElement _value;
    private HashSet<string>? _asked;
    private bool _isAllAsked;

    private JsonInput(string file, JsonElement value)
    {
        File = file;
        _value = value;
    }

    private JsonInput(JsonInput parent, string? key, int index, JsonElement value)
    {
        File = parent.File;
        _parent = parent;
        _key = key;
        _index = index;
        _value = value;
    }

    /// <summary>The file, as messages name it.</summary>
    public string File { get; }

    /// <summary>File and place, as messages name them.</summary>
    public string Where => Name is { } name ? $"{Place}: {name}" : Place;

    /// <summary>The place in the file; an empty text for all of it.</summary>
    public string WhereInFile => _parent is null ? "" : Where[(File.Length + 2)..];

    public JsonValueKind Kind => _value.ValueKind;

    /// <summary>The value itself, for what is read without being checked.</summary>
    public JsonElement Value => _value;

    /// <summary>Whether this is null, false, zero, or a text, a list or an object with nothing in it.</summary>
    public bool IsEmpty => IsEmptyValue(_value);

    /// <summary>An object that is all of a file.</summary>
    /// <exception cref="InvalidInputException">The file can't be read, is larger than <paramref name="limit"/> bytes or isn't one JSON object.</exception>
    public static JsonInput Read(string path, int limit) => Parse(path, SourceFile.ReadAll(path, limit));

    /// <summary>An object that is all of a text.</summary>
    /// <exception cref="InvalidInputException">The bytes aren't one JSON object, or an object in them has a key twice.</exception>
    public static JsonInput Parse(string path, ReadOnlySpan<byte> utf8)
    {
        var root = new JsonInput(path, JsonText.Parse(path, utf8, MaxDepth));
        return root.Kind == JsonValueKind.Object ? root : throw new InvalidInputException(path, $"is {JsonText.Describe(root.Kind)}, not a JSON object");
    }

    /// <summary>The items of a list that is all of a text.</summary>
    /// <exception cref="InvalidInputException">The bytes aren't one JSON list, or an object in them has a key twice.</exception>
    public static IEnumerable<JsonInput> ParseList(string path, ReadOnlySpan<byte> utf8)
    {
        var root = new JsonInput(path, JsonText.Parse(path, utf8, MaxDepth));
        return root.Kind == JsonValueKind.Array ? root.Items() : throw new InvalidInputException(path, $"is {JsonText.Describe(root.Kind)}, not a JSON list");
    }

    /// <summary>Whether a value is null, false, zero, or a text, a list or an object with nothing in it.</summary>
    public static bool IsEmptyValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Number => value.TryGetDouble(out var number) && number == 0,
        JsonValueKind.String => value.ValueEquals(""),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    /// <summary>An error about this value.</summary>
    public InvalidInputException Error(string reason, Exception? inner = null) => new(Place, Explain(reason), inner);

    /// <summary>An error about a key of this object that isn't known.</summary>
    public UnknownKeyException UnknownKey(string reason) => new(Place, Explain(reason));

    /// <summary>An error about a member of this object.</summary>
    public InvalidInputException Error(string key, string reason) => new(Where, $"{Text.OneLine(key)} {reason}");

    /// <summary>Whether this object has a member that isn't <c>null</c>.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Whether this object has a member of that name, be it <c>null</c>.</summary>
    public bool IsStated(string key)
    {
        Expect(JsonValueKind.Object);
        Asked.Add(key);
        return _value.TryGetProperty(key, out _);
    }

    /// <summary>A member of this object; <see langword="null"/> where it is missing or <c>null</c>.</summary>
    public JsonInput? Find(string key)
    {
        Expect(JsonValueKind.Object);
        Asked.Add(key);
        return _value.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? new(this, key, index: 0, value) : null;
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
        try
        {
            return _value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(e);
        }
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
            yield return new(this, key: null, index++, item);
        }
    }

    /// <summary>All members of this object, whose keys are names that the file gives: none of them is unknown.</summary>
    public IEnumerable<(string Key, JsonInput Value)> Members()
    {
        Expect(JsonValueKind.Object);
        _isAllAsked = true;
        foreach (var property in _value.EnumerateObject())
        {
            var key = NameOf(property);
            yield return (key, new(this, key, index: 0, property.Value));
        }
    }

    public void Expect(JsonValueKind kind)
    {
        if (Kind != kind)
        {
            throw Error($"is {JsonText.Describe(Kind)}; it must be {JsonText.Describe(kind)}");
        }
    }

    /// <summary>
    /// Refuses <c>null</c> under keys that were asked for. It reads like a key that isn't there, and would quietly put a default in the place of what somebody
    /// took out.
    /// </summary>
    /// <param name="except">Keys for which <c>null</c> is a value.</param>
    /// <exception cref="InvalidInputException">Another one is <c>null</c>.</exception>
    public void RefuseNulls(params ReadOnlySpan<string> except)
    {
        Expect(JsonValueKind.Object);
        foreach (var property in _value.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Null && NameOf(property) is var key && Asked.Contains(key) && !except.Contains(key))
            {
                throw Error(key, "is null; give it a value, or leave the key out");
            }
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
            throw Error($"has no key '{Text.OneLine(unknown.Key)}'{NearestName.Hint(unknown.Key, [.. Asked, .. harmless])}");
        }
    }

    /// <summary>
    /// Refuses what was never asked for in a file of another tool, but for keys that are known to have no effect on what is computed, keys that a person has said
    /// to ignore, and keys with an empty value, which are noted.
    /// </summary>
    /// <param name="harmless">Keys without effect.</param>
    /// <param name="foreign">What to ignore, and where to note what was passed over.</param>
    /// <exception cref="UnknownKeyException">The object has another key, or one that is a known one but for a slip.</exception>
    public void FinishForeign(IReadOnlySet<string> harmless, ForeignKeys foreign)
    {
        foreign.RefuseKnown(this, Asked);
        foreach (var (key, value) in Unasked().Where(x => !harmless.Contains(x.Key)))
        {
            foreign.PassOver(this, key, value, [.. Asked, .. harmless]);
        }
    }

    private HashSet<string> Asked => _asked ??= new(StringComparer.Ordinal);

    private string? Name => _parent is null ? null : _key is null ? $"{_parent.Name}[{_index}]" : Text.OneLine(_key);

    private string Place => _parent is null ? File : _key is null ? _parent.Place : _parent.Where;

    private string Explain(string reason) => Name is { } name ? $"{name} {reason}" : reason;

    private IEnumerable<(string Key, JsonElement Value)> Unasked()
    {
        Expect(JsonValueKind.Object);
        foreach (var property in _value.EnumerateObject())
        {
            var key = NameOf(property);
            if (!_isAllAsked && !Asked.Contains(key))
            {
                yield return (key, property.Value);
            }
        }
    }

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(e);
        }
    }

    /// <summary>An escaped half of a surrogate pair is valid JSON, but no text.</summary>
    private InvalidInputException NotUnicode(Exception e) => Error("isn't valid Unicode: it holds half of a surrogate pair", e);
}
