using System.Text.Json;
using System.Text.Json.Nodes;

namespace CircuitGrid.Models.Tests.Files;

/// <summary>What is done to a key of a JSON text.</summary>
public enum KeyChangeKind
{
    /// <summary>It gets a name that somebody could write by mistake.</summary>
    Rename,

    /// <summary>One that resembles it, without a value, comes beside it.</summary>
    AddSlip,

    /// <summary>One that resembles none comes, with a value that may mean something.</summary>
    AddValue,

    /// <summary>One that resembles none comes, with an empty value.</summary>
    AddEmpty,

    /// <summary>It is there a second time, with another value.</summary>
    Duplicate,

    /// <summary>Its value becomes one of another kind.</summary>
    Retype,
}

/// <summary>A JSON text of which one key was changed.</summary>
/// <param name="Kind">How.</param>
/// <param name="Place">The object that has the key, like <c>model</c> or <c>added_tokens[0]</c>; empty for the whole text.</param>
/// <param name="Key">The key as it was, or as it is where it was added.</param>
/// <param name="Value">Its value after the change, as JSON.</param>
/// <param name="Json">The changed text.</param>
public sealed record KeyChange(KeyChangeKind Kind, string Place, string Key, string Value, string Json)
{
    private const string Unknown = "quite_another_matter";

    private static readonly string[] s_empty = ["null", "false", "0", "\"\"", "[]", "{}"];
    private static readonly string[] s_values = ["true", "7", "\"word\"", "[7]", "{\"a\":1}"];

    /// <summary>Every change of one key of every object in a text.</summary>
    /// <param name="json">The text: an object.</param>
    public static IEnumerable<KeyChange> AllOf(string json)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        return Objects(root, "").SelectMany(o => Of(root, o.Place, o.Object));
    }

    private static IEnumerable<KeyChange> Of(JsonObject root, string place, JsonObject changed)
    {
        foreach (var (key, node) in changed)
        {
            var value = node?.ToJsonString() ?? "null";
            foreach (var slip in Slips(key).Where(s => !changed.ContainsKey(s)))
            {
                yield return new(KeyChangeKind.Rename, place, key, value, Write(root, place, m => [.. m.Select(x => x.Key == key ? (slip, x.Value) : x)]));
                yield return new(KeyChangeKind.AddSlip, place, slip, "null", Write(root, place, m => [.. m, (slip, "null")]));
            }

            foreach (var other in s_empty.Concat(s_values).Where(v => KindOf(v) != KindOf(value)))
            {
                yield return new(KeyChangeKind.Retype, place, key, other, Write(root, place, m => [.. m.Select(x => x.Key == key ? (key, other) : x)]));
            }

            yield return new(KeyChangeKind.Duplicate, place, key, "7", Write(root, place, m => [.. m, (key, "7")]));
        }

        foreach (var value in s_values)
        {
            yield return new(KeyChangeKind.AddValue, place, Unknown, value, Write(root, place, m => [.. m, (Unknown, value)]));
        }

        foreach (var value in s_empty)
        {
            yield return new(KeyChangeKind.AddEmpty, place, Unknown, value, Write(root, place, m => [.. m, (Unknown, value)]));
        }
    }

    /// <summary>Other capitals, separators, a letter twice, the end cut off.</summary>
    private static IEnumerable<string> Slips(string key)
    {
        var middle = key.Length / 2;
        yield return char.IsUpper(key[0]) ? key.ToLowerInvariant() : char.ToUpperInvariant(key[0]) + key[1..];
        yield return key.Contains('_', StringComparison.Ordinal) ? key.Replace("_", "", StringComparison.Ordinal) : key.Insert(middle, "_");
        yield return key.Insert(middle, key[middle].ToString());
        yield return key.Length > 3 ? key[..^1] : key + "s";
    }

    private static IEnumerable<(string Place, JsonObject Object)> Objects(JsonNode? node, string place)
    {
        if (node is JsonObject found)
        {
            yield return (place, found);
        }

        IEnumerable<(string Place, JsonNode? Node)> inner = node switch
        {
            JsonObject o => o.Select(m => (place.Length == 0 ? m.Key : $"{place}.{m.Key}", m.Value)),
            JsonArray a => a.Select((item, i) => ($"{place}[{i}]", item)),
            _ => [],
        };
        foreach (var one in inner.SelectMany(i => Objects(i.Node, i.Place)))
        {
            yield return one;
        }
    }

    /// <summary>The text, with the members of one object changed; written by hand, because no library writes a key twice.</summary>
    private static string Write(JsonNode? node, string place, Func<List<(string Key, string Value)>, List<(string Key, string Value)>> change, string at = "")
    {
        switch (node)
        {
            case JsonObject found:
                List<(string Key, string Value)> members = [.. found.Select(m => (m.Key, Write(m.Value, place, change, at.Length == 0 ? m.Key : $"{at}.{m.Key}")))];
                members = string.Equals(at, place, StringComparison.Ordinal) ? change(members) : members;
                return $"{{{string.Join(',', members.Select(m => $"{JsonSerializer.Serialize(m.Key)}:{m.Value}"))}}}";
            case JsonArray list:
                return $"[{string.Join(',', list.Select((item, i) => Write(item, place, change, $"{at}[{i}]")))}]";
            default:
                return node?.ToJsonString() ?? "null";
        }
    }

    private static JsonValueKind KindOf(string value)
    {
        var kind = JsonSerializer.Deserialize<JsonElement>(value).ValueKind;
        return kind == JsonValueKind.False ? JsonValueKind.True : kind;
    }
}
