using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization;

/// <summary>Reads the added tokens of a <c>tokenizer.json</c>.</summary>
internal static class AddedTokenReader
{
    /// <exception cref="Compute.InvalidInputException">A token contradicts the vocabulary or another one.</exception>
    public static ImmutableArray<AddedToken> Read(JsonInput? part, IReadOnlyDictionary<string, int> vocabulary, ForeignKeys foreign)
    {
        if (part is null)
        {
            return [];
        }

        var texts = vocabulary.ToDictionary(x => x.Value, x => x.Key);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = ImmutableArray.CreateBuilder<AddedToken>();
        foreach (var item in part.Items())
        {
            var token = ReadOne(item, foreign);
            if (vocabulary.TryGetValue(token.Content, out var known) && known != token.Id)
            {
                throw item.Error(string.Create(CultureInfo.InvariantCulture, $"has id {token.Id}, but the vocabulary gives \"{Text.OneLine(token.Content)}\" {known}"));
            }

            if (!texts.TryAdd(token.Id, token.Content) && texts[token.Id] != token.Content)
            {
                throw item.Error($"has id {token.Id}, which \"{Text.OneLine(texts[token.Id])}\" has too");
            }

            if (!ids.TryAdd(token.Content, token.Id))
            {
                throw item.Error($"repeats \"{Text.OneLine(token.Content)}\"");
            }

            tokens.Add(token);
        }

        return tokens.DrainToImmutable();
    }

    private static AddedToken ReadOne(JsonInput item, ForeignKeys foreign)
    {
        var special = item.FindBoolean("special") ?? false;
        var token = new AddedToken(
            (int)item.Require("id").AsInteger(0, BytePairReader.MaxId),
            item.Require("content").AsString(),
            item.FindBoolean("single_word") ?? false,
            item.FindBoolean("lstrip") ?? false,
            item.FindBoolean("rstrip") ?? false,
            item.FindBoolean("normalized") ?? !special,
            special);
        item.RefuseNulls();
        item.FinishForeign(PartReader.NoKeys, foreign);
        return token.Content.Length > 0 ? token : throw item.Error("has empty content");
    }
}
