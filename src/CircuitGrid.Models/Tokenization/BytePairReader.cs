using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization;

/// <summary>Reads the part of a <c>tokenizer.json</c> with the vocabulary and the merges.</summary>
internal static class BytePairReader
{
    /// <summary>Tables are as long as the highest id, so a stray one mustn't be able to fill the memory.</summary>
    public const int MaxId = (1 << 21) - 1;

    /// <param name="model">The part.</param>
    /// <param name="bytesOfWords">Whether words come as bytes.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over.</param>
    /// <exception cref="Compute.InvalidInputException">It is another kind of model, or says something that isn't supported.</exception>
    public static BytePairModel Read(JsonInput model, bool bytesOfWords, ForeignKeys foreign)
    {
        if (model.FindString("type") is { } type && type != "BPE")
        {
            throw model.Error("type", $"is \"{Text.OneLine(type)}\"; only BPE is supported");
        }

        foreach (var option in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.FindString(option) is { Length: > 0 })
            {
                throw model.Error(option, "isn't empty, which isn't supported");
            }
        }

        if (model.FindNumber("dropout") is { } dropout && dropout != 0)
        {
            throw model.Error("dropout", "isn't 0, so encoding would be random");
        }

        var vocabulary = ReadVocabulary(model.Require("vocab"));
        var merges = ReadMerges(model.Require("merges"), vocabulary);
        var options = new BytePairOptions
        {
            BytesOfWords = bytesOfWords,
            WholeWords = model.FindBoolean("ignore_merges") ?? false,
            ByteFallback = model.FindBoolean("byte_fallback") ?? false,
            Unknown = model.FindString("unk_token") is { } token && vocabulary.TryGetValue(token, out var id) ? id : null,
            FuseUnknown = model.FindBoolean("fuse_unk") ?? false,
        };
        model.RefuseNulls("continuing_subword_prefix", "end_of_word_suffix", "dropout", "unk_token");
        model.FinishForeign(PartReader.NoKeys, foreign);
        return new(vocabulary, merges, options);
    }

    /// <summary>Token ids by their text, each given once.</summary>
    public static Dictionary<string, int> ReadVocabulary(JsonInput part)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var ids = new HashSet<int>();
        foreach (var (text, value) in part.Members())
        {
            var id = (int)value.AsInteger(0, MaxId);
            vocabulary.Add(text, id);
            if (!ids.Add(id))
            {
                throw value.Error($"has id {id}, which another token has too");
            }
        }

        return vocabulary;
    }

    private static ImmutableArray<Merge> ReadMerges(JsonInput part, Dictionary<string, int> vocabulary)
    {
        var merges = ImmutableArray.CreateBuilder<Merge>();
        foreach (var item in part.Items())
        {
            // Old files hold a line of merges.txt, and may hold its first one.
            if (item.Kind == JsonValueKind.String && item.AsString().StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }

            var pair = item.Kind == JsonValueKind.String ? item.AsString().Split(' ') : [.. item.Items().Select(x => x.AsString())];
            if (pair.Length != 2)
            {
                throw item.Error("isn't a pair of tokens");
            }

            merges.Add(new(Id(pair[0]), Id(pair[1]), Id(pair[0] + pair[1])));

            int Id(string text) => vocabulary.TryGetValue(text, out var id) ? id : throw item.Error($"needs the token \"{Text.OneLine(text)}\", which the vocabulary doesn't have");
        }

        return merges.DrainToImmutable();
    }
}
