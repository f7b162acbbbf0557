using System.Globalization;
using System.Text.Json.Nodes;

namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>A vocabulary as SentencePiece's are: three special tokens, a token for each byte, the most frequent characters, and merges of them.</summary>
internal static class CharacterVocabulary
{
    /// <summary>A tokenizer's file, but for what comes before and behind the model.</summary>
    /// <param name="texts">Texts to learn from.</param>
    /// <param name="characters">How many characters.</param>
    /// <param name="merges">How many merges.</param>
    public static JsonNode Learn(IEnumerable<string> texts, int characters, int merges)
    {
        var words = texts.Select(t => ("▁" + t.Replace(' ', '▁')).EnumerateRunes().Select(r => r.ToString()).ToList()).ToList();
        var vocabulary = new JsonObject { ["<unk>"] = 0, ["<s>"] = 1, ["</s>"] = 2 };
        for (var b = 0; b < 256; b++)
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>"));
        }

        var known = words.SelectMany(w => w).CountBy(c => c).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(characters).Select(c => c.Key).ToHashSet();
        foreach (var character in known)
        {
            Add(character);
        }

        var listed = new JsonArray();
        for (var i = 0; i < merges; i++)
        {
            var (left, right) = words.SelectMany(w => w.Zip(w.Skip(1))).Where(p => known.Contains(p.First) && known.Contains(p.Second))
                .CountBy(p => p).OrderByDescending(p => p.Value).ThenBy(p => p.Key.First + p.Key.Second, StringComparer.Ordinal).First().Key;
            words.ForEach(w => Merge(w, left, right));
            known.Add(left + right);
            Add(left + right);
            listed.Add(new JsonArray(left, right));
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(SmallTokenizer.Added(0, "<unk>", "special"), SmallTokenizer.Added(1, "<s>", "special"), SmallTokenizer.Added(2, "</s>", "special", "normalized")),
            ["normalizer"] = null,
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = null,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = "<unk>",
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = true,
                ["byte_fallback"] = true,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = listed,
            },
        };

        void Add(string text) => vocabulary.TryAdd(text, vocabulary.Count);
    }

    private static void Merge(List<string> word, string left, string right)
    {
        for (var i = 0; i + 1 < word.Count; i++)
        {
            if (word[i] == left && word[i + 1] == right)
            {
                word[i] += right;
                word.RemoveAt(i + 1);
            }
        }
    }
}
