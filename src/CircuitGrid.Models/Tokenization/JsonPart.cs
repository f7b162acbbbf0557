using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization;

/// <summary>A value of a JSON file that knows where it stands, so that whatever is wrong with it is said with its place.</summary>
/// <param name="Element">The value; of kind <see cref="JsonValueKind.Undefined"/> where the member is missing.</param>
/// <param name="Name">The file and the way to the value.</param>
internal readonly record struct JsonPart(JsonElement Element, string Name)
{
    public JsonValueKind Kind => Element.ValueKind;

    /// <summary>Missing, or <c>null</c>.</summary>
    public bool IsNull => Kind is JsonValueKind.Undefined or JsonValueKind.Null;

    public InvalidInputException Error(string reason, Exception? inner = null) => new(Name, reason, inner);

    public void Expect(JsonValueKind kind)
    {
        if (Kind != kind)
        {
            throw Error(Kind == JsonValueKind.Undefined ? "is missing" : $"is {Describe(Kind)} where {Describe(kind)} belongs");
        }
    }

    /// <summary>A member of an object, of undefined kind if there is none.</summary>
    public JsonPart Member(string name)
    {
        Expect(JsonValueKind.Object);
        return new(Element.TryGetProperty(name, out var value) ? value : default, $"{Name}: {name}");
    }

    public JsonPart Required(string name)
    {
        var member = Member(name);
        return member.IsNull ? throw member.Error("is missing") : member;
    }

    public IEnumerable<(string Key, JsonPart Value)> Members()
    {
        Expect(JsonValueKind.Object);
        foreach (var property in Element.EnumerateObject())
        {
            var key = Decode(() => property.Name);
            yield return (key, new(property.Value, $"{Name}: \"{Text.OneLine(key)}\""));
        }
    }

    public IEnumerable<JsonPart> Items()
    {
        Expect(JsonValueKind.Array);
        var index = 0;
        foreach (var item in Element.EnumerateArray())
        {
            yield return new(item, $"{Name}[{index++}]");
        }
    }

    public string String()
    {
        Expect(JsonValueKind.String);
        var element = Element;
        return Decode(() => element.GetString()!);
    }

    public double Number()
    {
        Expect(JsonValueKind.Number);
        return Element.GetDouble();
    }

    public int Integer(int min, int max)
    {
        Expect(JsonValueKind.Number);
        return Element.TryGetInt32(out var value) && value >= min && value <= max
            ? value
            : throw Error($"is {Text.OneLine(Element.GetRawText())}, not a whole number from {min} to {max}");
    }

    /// <param name="absent">What a missing member means; without it, one is an error.</param>
    public bool Boolean(bool? absent = null) => Kind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Undefined when absent is { } value => value,
        _ => throw Error($"is {Describe(Kind)} where true or false belongs"),
    };

    private string Decode(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException e)
        {
            // An escaped half of a surrogate pair is valid JSON, but no text.
            throw Error("holds an unpaired surrogate", e);
        }
    }

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Undefined => "missing",
        _ => "null",
    };
}
