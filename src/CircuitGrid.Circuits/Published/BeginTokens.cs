using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Published;

/// <summary>The tokens that a checkpoint's own files put before a text, for sources that name none.</summary>
internal static class BeginTokens
{
    private const int MaxTokenizerBytes = 1 << 28;
    private const int MaxId = 1 << 24;

    /// <summary>The one that a checkpoint's <c>config.json</c> names.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <exception cref="InvalidInputException">It names none, or several.</exception>
    public static ImmutableArray<int> OfConfiguration(string folder) => CheckpointFolder.ReadBeginTokens(folder) switch
    {
        [var id] => [id],
        var named => throw new InvalidInputException(
            Path.Combine(folder, CheckpointFolder.ConfigName), $"names {(named.IsEmpty ? "no" : "several as")} bos_token_id, which the prompt begins with"),
    };

    /// <summary>What the post-processor of a <c>tokenizer.json</c> puts before a single text: the ids of its template's tokens before the sequence.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It can't be read, or is of a kind whose tokens aren't told by ids.</exception>
    public static ImmutableArray<int> OfTokenizer(string path)
    {
        var file = JsonInput.Read(path, MaxTokenizerBytes);
        return file.Find("post_processor") is { } processor ? Before(processor) : [];
    }

    private static ImmutableArray<int> Before(JsonInput processor) => processor.Require("type").AsString() switch
    {
        "Sequence" => [.. processor.Require("processors").Items().SelectMany(p => Before(p))],
        "ByteLevel" => [],
        "TemplateProcessing" => OfTemplate(processor),
        var other => throw processor.Error($"is of type {Text.OneLine(other)}; what it puts before a text can't be told, so that the prompt isn't known"),
    };

    private static ImmutableArray<int> OfTemplate(JsonInput template)
    {
        var ids = ImmutableArray.CreateBuilder<int>();
        foreach (var piece in template.Require("single").Items())
        {
            if (piece.Find("SpecialToken") is not { } token)
            {
                break;
            }

            var named = template.Require("special_tokens").Find(token.Require("id").AsString()) ?? throw token.Error("id", "isn't among special_tokens");
            ids.AddRange(named.Require("ids").Items().Select(id => (int)id.AsInteger(0, MaxId)));
        }

        return ids.ToImmutable();
    }
}
