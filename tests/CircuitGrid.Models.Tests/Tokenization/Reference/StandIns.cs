using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>
/// Small tokenizers for suites whose own file can't be had here: the rules of the suite, and a vocabulary learned from generated texts.
/// </summary>
internal static class StandIns
{
    private static readonly Lazy<Tokenizer> s_bytes = new(() => TokenizerTrainer.Train(Texts(4000), new() { VocabularySize = 1500, SpecialTokens = ["<|endoftext|>", "<|padding|>"] }));

    private static readonly Lazy<JsonNode> s_characters = new(() => CharacterVocabulary.Learn(Texts(1500), characters: 250, merges: 350));

    /// <summary>The names of all.</summary>
    public static string[] Names { get; } = [.. Makers().Keys];

    /// <summary>A tokenizer's file.</summary>
    public static JsonNode Create(string name) => Makers()[name]();

    private static Dictionary<string, Func<JsonNode>> Makers() => new(StringComparer.Ordinal)
    {
        // GPT-NeoX's rules, with its runs of spaces as added tokens, which OLMo 1 took over.
        ["olmo-1"] = () => ByteLevel(x =>
        {
            x["normalizer"] = SmallTokenizer.Nfc();
            for (var spaces = 24; spaces >= 2; spaces--)
            {
                x["added_tokens"]!.AsArray().Add(SmallTokenizer.Added(1524 - spaces, new(' ', spaces), "normalized"));
            }
        }),
        ["olmo-2"] = () => ByteLevel(x => x["pre_tokenizer"] = Divisions.SplitAndBytes(Divisions.Cl100K, "Isolated", invert: false)),
        ["tiktoken"] = () => ByteLevel(x => x["pre_tokenizer"] = Divisions.SplitAndBytes(Divisions.Tiktoken, "Removed", invert: true)),
        ["smollm-2"] = () => ByteLevel(x => x["pre_tokenizer"] = JsonNode.Parse(
            """{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]}""")),
        ["apertus"] = () => ByteLevel(x =>
        {
            x["pre_tokenizer"] = Divisions.SplitAndBytes(Divisions.Tekken, "Isolated", invert: false);
            x["model"]!["ignore_merges"] = true;
        }),
        ["llama-2"] = () => Characters(
            """{"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}""",
            "null",
            """{"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}"""),
        ["metaspace"] = () => Characters(
            """{"type": "NFKC"}""",
            """{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}""",
            """{"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}]}"""),
    };

    private static string[] Texts(int count)
    {
        var generator = new TextGenerator(99, []);
        return [.. Enumerable.Range(0, count).Select(_ => generator.Next())];
    }

    private static JsonNode ByteLevel(Action<JsonNode> change)
    {
        using var stream = new MemoryStream();
        TokenizerWriter.Write(s_bytes.Value, stream);
        var root = JsonNode.Parse(Encoding.UTF8.GetString(stream.ToArray()))!;
        root["normalizer"] = null;
        change(root);
        return root;
    }

    private static JsonNode Characters(string normalizer, string preTokenizer, string decoder)
    {
        var root = s_characters.Value.DeepClone();
        root["normalizer"] = JsonNode.Parse(normalizer);
        root["pre_tokenizer"] = JsonNode.Parse(preTokenizer);
        root["decoder"] = JsonNode.Parse(decoder);
        return root;
    }
}
