using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Models.Tests.Tokenization;

/// <summary>A tokenizer.json small enough to work with by hand.</summary>
internal static class SmallTokenizer
{
    private const string Template = """
        {
          "version": "1.0", "truncation": null, "padding": null,
          "added_tokens": [],
          "normalizer": null,
          "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true },
          "post_processor": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true },
          "decoder": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
          "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
            "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": {
              "Ġ": 0, "a": 1, "b": 2, "c": 3, "ab": 4, "bc": 5, "Ġab": 6, "abc": 7, "Ã": 8, "©": 9, "Ì": 10, "ģ": 11, "e": 12,
              "aa": 13, "abab": 14, "Ċ": 15, "Ģ": 16, "'": 17, "s": 18, "'s": 19
            },
            "merges": ["b c", "a b", "Ġ ab", "ab c", "a a", "ab ab", "' s"]
          }
        }
        """;

    /// <summary>The file, with something about it changed.</summary>
    public static JsonNode Json(Action<JsonNode>? change = null)
    {
        var root = JsonNode.Parse(Template)!;
        change?.Invoke(root);
        return root;
    }

    /// <summary>A file with every kind of part, and no setting at its default.</summary>
    public static JsonNode WithAllParts() => Json(x =>
    {
        x["added_tokens"] = new JsonArray(Added(20, "<x>", "lstrip", "rstrip", "special", "normalized"), Added(21, "yy", "single_word"));
        x["normalizer"] = JsonNode.Parse("""
            {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}, {"type": "Prepend", "prepend": "a"},
             {"type": "Replace", "pattern": {"String": "cc"}, "content": "c"}, {"type": "Strip", "strip_left": false, "strip_right": true}]}
            """);
        x["pre_tokenizer"] = JsonNode.Parse("""
            {"type": "Sequence", "pretokenizers": [
             {"type": "Split", "pattern": {"Regex": "\\s+(?!\\S)|b{1,2}"}, "behavior": "MergedWithNext", "invert": true}, {"type": "Digits", "individual_digits": true},
             {"type": "Punctuation", "behavior": "Contiguous"}, {"type": "WhitespaceSplit"}, {"type": "Whitespace"},
             {"type": "Metaspace", "replacement": "Ġ", "prepend_scheme": "never", "split": false}]}
            """);
        x["decoder"] = JsonNode.Parse("""
            {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "Ġ"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
             {"type": "Strip", "content": " ", "start": 1, "stop": 2}, {"type": "Metaspace", "replacement": "Ċ", "prepend_scheme": "first", "split": false}]}
            """);
        x["model"]!["unk_token"] = "a";
        x["model"]!["fuse_unk"] = true;
        x["model"]!["byte_fallback"] = true;
        x["model"]!["ignore_merges"] = true;
        x["model"]!["dropout"] = 0;
    });

    public static Tokenizer Create(Action<JsonNode>? change = null) => Parse(Json(change).ToJsonString());

    public static Tokenizer Parse(string json, ForeignKeys? foreign = null) => TokenizerFile.Parse(Encoding.UTF8.GetBytes(json), "tokenizer.json", foreign ?? new());

    public static JsonNode Added(int id, string content, params string[] flags) => JsonSerializer.SerializeToNode(
        new Dictionary<string, object>
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = flags.Contains("single_word"),
            ["lstrip"] = flags.Contains("lstrip"),
            ["rstrip"] = flags.Contains("rstrip"),
            ["normalized"] = flags.Contains("normalized"),
            ["special"] = flags.Contains("special"),
        })!;

    public static JsonNode Nfc() => JsonNode.Parse("""{ "type": "NFC" }""")!;
}
