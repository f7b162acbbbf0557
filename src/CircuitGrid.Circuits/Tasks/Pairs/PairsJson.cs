using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Compute;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>The lines of a <c>.jsonl</c> pairs file.</summary>
internal static class PairsJson
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    public static IEnumerable<PairLine> Read(string content, string path)
    {
        for (int start = 0, number = 1; start < content.Length; number++)
        {
            var end = content.IndexOf('\n', start);
            end = end < 0 ? content.Length : end;
            if (!content.AsSpan(start, end - start).IsWhiteSpace())
            {
                yield return Parse(content.AsMemory(start, end - start), $"{path}: line {number}");
            }

            start = end + 1;
        }
    }

    private static PairLine Parse(ReadOnlyMemory<char> line, string place)
    {
        try
        {
            using var document = JsonDocument.Parse(line, s_options);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidInputException(place, "isn't a JSON object");
            }

            int? position = root.TryGetProperty("position", out var value) && value.ValueKind != JsonValueKind.Null ? Integer(value, "position", place) : null;
            return new(place, Prompt(root, "clean", place), Prompt(root, "corrupted", place), Ids(root, "correct", place), Ids(root, "incorrect", place), position);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how the reader reports text that isn't valid Unicode.
            throw new InvalidInputException(place, $"isn't valid JSON ({Text.OneLine(e.Message)})", e);
        }
    }

    private static PairPrompt Prompt(JsonElement root, string key, string place)
    {
        var value = Required(root, key, place);
        return value.ValueKind switch
        {
            JsonValueKind.String => new(value.GetString(), null),
            JsonValueKind.Array => new(null, Ids(root, key, place)),
            _ => throw new InvalidInputException(place, $"{key} must be text or a list of ids"),
        };
    }

    private static ImmutableArray<int> Ids(JsonElement root, string key, string place)
    {
        var value = Required(root, key, place);
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(x => Integer(x, key, place))]
            : throw new InvalidInputException(place, $"{key} must be a list of ids");
    }

    private static JsonElement Required(JsonElement root, string key, string place) =>
        root.TryGetProperty(key, out var value) ? value : throw new InvalidInputException(place, $"has no \"{key}\"");

    private static int Integer(JsonElement value, string key, string place) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var integer)
            ? integer
            : throw new InvalidInputException(place, $"{key} has {Text.OneLine(value.GetRawText())} where a whole number belongs");
}
