using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// The part of a <c>tokenizer.json</c> by which other programs add tokens to what they have encoded. Here it has no effect, whatever it holds; what it would
/// add is worth a note, and what it puts in front is what a model was trained to begin with.
/// </summary>
internal static class PostProcessor
{
    /// <summary>Notes the tokens that a post-processor would put before or after a text.</summary>
    /// <param name="part">The post-processor.</param>
    /// <param name="foreign">Where to note it.</param>
    /// <returns>Those before it, in order.</returns>
    public static ImmutableArray<string> NoteAddedTokens(JsonInput part, ForeignKeys foreign)
    {
        List<string> before = [], after = [];
        Collect(part.Value, before, after);
        if (before.Count > 0)
        {
            foreign.Note(part, $"adds {Text.OneLine(string.Join(' ', before))} in front; prompts here begin with it only with bos: true");
        }

        if (after.Count > 0)
        {
            foreign.Note(part, $"adds {Text.OneLine(string.Join(' ', after))} at the end; prompts here don't end with it");
        }

        return [.. before];
    }

    private static void Collect(JsonElement processor, List<string> before, List<string> after)
    {
        switch (TextOf(processor, "type"))
        {
            case "Sequence":
                foreach (var one in ItemsOf(processor, "processors"))
                {
                    Collect(one, before, after);
                }

                break;
            case "TemplateProcessing":
                CollectTemplate(processor, before, after);
                break;
            case "BertProcessing" or "RobertaProcessing":
                before.AddRange(ItemsOf(processor, "cls").Take(1).Select(TextOf).OfType<string>());
                after.AddRange(ItemsOf(processor, "sep").Take(1).Select(TextOf).OfType<string>());
                break;
        }
    }

    private static void CollectTemplate(JsonElement processor, List<string> before, List<string> after)
    {
        var side = before;
        foreach (var piece in ItemsOf(processor, "single"))
        {
            if (Member(piece, "Sequence") is not null)
            {
                side = after;
            }
            else if (Member(piece, "SpecialToken") is { } token && TextOf(token, "id") is { } id)
            {
                side.Add(id);
            }
        }
    }

    private static JsonElement? Member(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(key, out var member) ? member : null;

    private static JsonElement.ArrayEnumerator ItemsOf(JsonElement value, string key) =>
        Member(value, key) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default;

    private static string? TextOf(JsonElement value, string key) => Member(value, key) is { } member ? TextOf(member) : null;

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which no token is.
            return null;
        }
    }
}
