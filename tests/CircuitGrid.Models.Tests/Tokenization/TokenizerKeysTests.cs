using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tests.Files;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Models.Tests.Tokenization;

/// <summary>No key of a <c>tokenizer.json</c> that could change a token is passed over unseen.</summary>
public sealed class TokenizerKeysTests
{
    [Fact]
    public void Parse_AnyChangeOfAKey_IsAnErrorOrChangesNothing() => KeyChanges.AssertNoneIsMissed(
        Unusual(),
        (json, foreign) => Written(SmallTokenizer.Parse(json, foreign)),
        open: ["truncation", "post_processor"],
        names: ["model.vocab"],
        nulls: ["normalizer", "pre_tokenizer", "decoder", "unk_token"]);

    [Fact]
    public void Parse_AnyChangeOfAPartsKey_IsAnErrorOrChangesNothing() => KeyChanges.AssertNoneIsMissed(
        SmallTokenizer.WithAllParts().ToJsonString(),
        (json, foreign) => Written(SmallTokenizer.Parse(json, foreign)),
        open: ["truncation", "post_processor"],
        names: ["model.vocab"],
        nulls: ["normalizer", "pre_tokenizer", "decoder", "unk_token"]);

    [Fact]
    public void Write_AllParts_AreReadBackTheSame()
    {
        var written = Written(SmallTokenizer.Parse(SmallTokenizer.WithAllParts().ToJsonString()));

        Assert.Equal(written, Written(SmallTokenizer.Parse(written)));
        var (given, got) = (SmallTokenizer.WithAllParts(), JsonNode.Parse(written)!);
        Assert.All((string[])["normalizer", "pre_tokenizer", "decoder", "added_tokens"], key => Assert.True(JsonNode.DeepEquals(given[key], got[key]), key));
    }

    [Theory]
    [InlineData("", "post_procesor", "null", "has a key 'post_procesor'; did you mean 'post_processor'? If it doesn't change what is computed, ignore it: --ignore-key post_procesor")]
    [InlineData("", "lowercase", "true", "has a key 'lowercase', which isn't known; it is true. If")]
    [InlineData("pre_tokenizer", "add_suffix", "\"x\"", "pre_tokenizer has a key 'add_suffix', which isn't known; it is \"x\". If")]
    [InlineData("pre_tokenizer", "useRegex", "false", "pre_tokenizer has a key 'useRegex'; did you mean 'use_regex'? If")]
    [InlineData("decoder", "trim", "true", "decoder has a key 'trim'; did you mean 'trim_offsets'? If")]
    [InlineData("model", "cache_capacity", "10", "model has a key 'cache_capacity', which isn't known; it is 10. If")]
    public void Parse_UnknownKey_NamesItsPlaceAndTheWayOut(string place, string key, string value, string reason)
    {
        var json = SmallTokenizer.Json();
        (place.Length == 0 ? json : json[place]!)[key] = JsonNode.Parse(value);

        var error = Assert.Throws<UnknownKeyException>(() => SmallTokenizer.Parse(json.ToJsonString()));

        Assert.StartsWith("tokenizer.json: " + reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_IgnoredKeys_AreShownAndChangeNothing()
    {
        var json = SmallTokenizer.Json(x =>
        {
            x["model"]!["cache_capacity"] = 10;
            x["added_tokens"] = new JsonArray(SmallTokenizer.Added(20, "<x>"));
            x["added_tokens"]![0]!["rank"] = 3;
            x["decoder"]!["spare"] = false;
        });
        var foreign = new ForeignKeys(["cache_capacity", "rank"]);

        var tokenizer = SmallTokenizer.Parse(json.ToJsonString(), foreign);

        Assert.Equal(Written(SmallTokenizer.Create(x => x["added_tokens"] = new JsonArray(SmallTokenizer.Added(20, "<x>")))), Written(tokenizer));
        Assert.Equal([new("tokenizer.json", "added_tokens[0]: rank"), new ForeignNote("tokenizer.json", "model: cache_capacity")], foreign.PassedOver);
        Assert.Equal([new ForeignNote("tokenizer.json", "decoder has a key 'spare', which isn't known; it is false and is passed over")], foreign.Notes);
    }

    // What the tokenizers of GPT-2, GPT-NeoX and Pythia hold around their vocabularies, in the forms in which they were published and are saved today.
    [Theory]
    [InlineData("""
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [{"id": 19, "special": true, "content": "<|endoftext|>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}],
         "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
         "post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false},
         "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
         "model": {"dropout": null, "unk_token": "", "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false, "vocab": VOCAB, "merges": MERGES}}
        """)]
    [InlineData("""
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [
          {"id": 19, "special": true, "content": "<|endoftext|>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
          {"id": 20, "special": true, "content": "<|padding|>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
          {"id": 21, "special": false, "content": "  ", "single_word": false, "lstrip": false, "rstrip": false, "normalized": true}],
         "normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
         "post_processor": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
         "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
         "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
          "vocab": VOCAB, "merges": MERGES}}
        """)]
    [InlineData("""
        {"version": "1.0", "truncation": {"direction": "Right", "max_length": 2048, "strategy": "LongestFirst", "stride": 0},
         "padding": {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": null, "pad_id": 20, "pad_type_id": 0, "pad_token": "<|padding|>"},
         "added_tokens": [{"id": 19, "content": "<|endoftext|>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
         "normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
         "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}],
          "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {}},
         "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
         "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
          "byte_fallback": false, "ignore_merges": false, "vocab": VOCAB, "merges": MERGES}}
        """)]
    public void Parse_PublishedHeader_IsTakenWithoutANote(string header)
    {
        var small = SmallTokenizer.Json()["model"]!;
        small["vocab"]!.AsObject().Remove("'s");
        small["merges"]!.AsArray().RemoveAt(6);
        var foreign = new ForeignKeys();

        var tokenizer = SmallTokenizer.Parse(
            header.Replace("VOCAB", small["vocab"]!.ToJsonString(), StringComparison.Ordinal).Replace("MERGES", small["merges"]!.ToJsonString(), StringComparison.Ordinal), foreign);

        Assert.Empty(foreign.Notes);
        Assert.Equal([1, 5, 6, 19], tokenizer.Encode("abc ab<|endoftext|>"));
    }

    [Theory]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false}""", null)]
    [InlineData("""{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]}""",
        "post_processor adds <s> in front; prompts here begin with it only with bos: true")]
    [InlineData("""{"type": "Sequence", "processors": [{"type": "ByteLevel"}, {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|begin|>"}}, {"Sequence": {"id": "A"}}]}]}""",
        "post_processor adds <|begin|> in front; prompts here begin with it only with bos: true")]
    [InlineData("""{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}]}""",
        "post_processor adds </s> at the end; prompts here don't end with it")]
    [InlineData("""{"type": "BertProcessing", "sep": 3, "cls": ["<s>", 0]}""", "post_processor adds <s> in front; prompts here begin with it only with bos: true")]
    [InlineData("""{"type": ["TemplateProcessing"], "single": 7}""", null)]
    [InlineData("\"word\"", null)]
    public void Parse_PostProcessor_AddsNoTokenAndSaysWhichItWould(string processor, string? note)
    {
        var foreign = new ForeignKeys();

        var tokenizer = SmallTokenizer.Parse(SmallTokenizer.Json(x => x["post_processor"] = JsonNode.Parse(processor)).ToJsonString(), foreign);

        Assert.Equal([1, 5, 6], tokenizer.Encode("abc ab"));
        Assert.Equal(note is null ? [] : [note], foreign.Notes.Select(n => n.Text));
        Assert.Equal(note?.Contains("in front", StringComparison.Ordinal) == true ? [note.Split(' ')[2]] : [], tokenizer.FrontTokens);
    }

    [Fact]
    public void Parse_RobertaProcessing_NotesBothEnds()
    {
        var foreign = new ForeignKeys();

        SmallTokenizer.Parse(SmallTokenizer.Json(x => x["post_processor"] = JsonNode.Parse("""{"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0]}""")).ToJsonString(), foreign);

        Assert.Equal(2, foreign.Notes.Length);
    }

    /// <summary>A file with an object of every kind, and no setting at its default.</summary>
    private static string Unusual() => SmallTokenizer.Json(x =>
    {
        x["added_tokens"] = new JsonArray(SmallTokenizer.Added(20, "<x>", "lstrip", "rstrip", "special", "normalized"), SmallTokenizer.Added(21, "yy", "single_word"));
        x["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray(SmallTokenizer.Nfc()) };
        x["pre_tokenizer"] = JsonNode.Parse("""{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": false}]}""");
        x["truncation"] = JsonNode.Parse("""{"max_length": 5}""");
        x["model"]!["unk_token"] = "a";
        x["model"]!["fuse_unk"] = true;
        x["model"]!["ignore_merges"] = true;
        x["model"]!["dropout"] = 0;
    }).ToJsonString();

    private static string Written(Tokenizer tokenizer)
    {
        using var stream = new MemoryStream();
        TokenizerWriter.Write(tokenizer, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
