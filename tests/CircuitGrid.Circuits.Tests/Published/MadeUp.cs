using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Published;

namespace CircuitGrid.Circuits.Tests.Published;

/// <summary>Published numbers that a test makes up for a model of its own.</summary>
internal static class MadeUp
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    public static object Source { get; } = new { repository = "somebody/tests", path = "test_model.py", commit = Commit, place = "test_numbers" };

    /// <summary>The file with one model and these entries.</summary>
    public static string Json(params ReadOnlySpan<JsonObject> entries)
    {
        var list = new JsonArray();
        foreach (var entry in entries)
        {
            list.Add(entry.DeepClone());
        }

        return new JsonObject
        {
            ["models"] = new JsonArray(new JsonObject { ["name"] = "somebody/model", ["family"] = "gpt2", ["revision"] = "main", ["entries"] = list }),
        }.ToJsonString();
    }

    /// <summary>An entry of a kind with what it is made from.</summary>
    public static JsonObject Entry(string kind, object values, string precision = "float32", object? tolerance = null)
    {
        var entry = new JsonObject
        {
            ["id"] = $"made-up.{kind}",
            ["kind"] = kind,
            ["precision"] = precision,
            ["tolerance"] = JsonSerializer.SerializeToNode(tolerance ?? new { origin = "made up" }),
            ["source"] = JsonSerializer.SerializeToNode(Source),
        };
        foreach (var (key, value) in JsonSerializer.SerializeToNode(values)!.AsObject())
        {
            entry[key] = value!.DeepClone();
        }

        return entry;
    }

    /// <summary>One entry, read.</summary>
    public static PublishedEntry Read(JsonObject entry) => PublishedNumbers.Read(System.Text.Encoding.UTF8.GetBytes(Json(entry)), "published.json").Models[0].Entries[0];
}
