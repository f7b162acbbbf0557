using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Models.Tests.Tokenization;

public sealed class TokenizerFileTests
{
    public static TheoryData<string, string, string> Damage { get; } = new()
    {
        { "model", "null", "model is missing" },
        { "model.type", "\"WordPiece\"", "only BPE is supported" },
        { "model.vocab", "[]", "model: vocab is a list; it must be an object" },
        { "model.vocab.ab", "3", "vocab: ab has id 3, which another token has too" },
        { "model.vocab.ab", "-1", "vocab: ab is -1; it must be a whole number from 0 to 2097151" },
        { "model.vocab.ab", "1.5", "vocab: ab is 1.5; it must be a whole number" },
        { "model.vocab.ab", "2000000000", "vocab: ab is 2000000000; it must be a whole number" },
        { "model.vocab.ab", "\"4\"", "vocab: ab is a text; it must be a number" },
        { "model.merges", "[\"a b c\"]", "merges[0] isn't a pair" },
        { "model.merges", "[[\"a\", \"b\"], [\"a\"]]", "merges[1] isn't a pair" },
        { "model.merges", "[\"a b\", \"c a\"]", "merges[1] needs the token \"ca\"" },
        { "model.merges", "[\"a z\"]", "merges[0] needs the token \"z\"" },
        { "model.merges", "[7]", "merges[0] is a number; it must be a list" },
        { "model.dropout", "0.1", "model: dropout isn't 0" },
        { "model.end_of_word_suffix", "\"</w>\"", "model: end_of_word_suffix isn't empty" },
        { "model.ignore_merges", "1", "model: ignore_merges is a number; it must be true or false" },
        { "normalizer", "{\"type\": \"Precompiled\"}", "normalizer of type \"Precompiled\" isn't supported; Lowercase, NFC, NFD, NFKC, NFKD, Prepend, Replace, Sequence, Strip are" },
        { "normalizer", "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFC\"}, {\"type\": \"StripAccents\"}]}", "normalizers[1] of type \"StripAccents\"" },
        { "pre_tokenizer", "{\"type\": \"UnicodeScripts\"}", "pre_tokenizer of type \"UnicodeScripts\" isn't supported; ByteLevel, Digits, Metaspace, Punctuation, Sequence, Split, Whitespace, WhitespaceSplit are" },
        { "pre_tokenizer", "{\"type\": \"ByteLevel\"}", "pre_tokenizer: add_prefix_space is missing" },
        { "pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Digits\"}]}", "pretokenizers[0]: individual_digits is missing" },
        { "decoder", "{\"type\": \"WordPiece\"}", "decoder of type \"WordPiece\" isn't supported; ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Sequence, Strip are" },
        { "added_tokens", "[{\"id\": 20, \"content\": \"\"}]", "added_tokens[0] has empty content" },
        { "added_tokens", "[{\"id\": 5, \"content\": \"<x>\"}]", "has id 5, which \"bc\" has too" },
        { "added_tokens", "[{\"id\": 20, \"content\": \"ab\"}]", "has id 20, but the vocabulary gives \"ab\" 4" },
        { "added_tokens", "[{\"id\": 20, \"content\": \"<x>\"}, {\"id\": 21, \"content\": \"<x>\"}]", "added_tokens[1] repeats \"<x>\"" },
        { "normalizer", "{\"type\": \"Strip\", \"strip_left\": true}", "normalizer: strip_right is missing" },
        { "normalizer", "{\"type\": \"Prepend\", \"prepend\": 1}", "normalizer: prepend is a number; it must be a text" },
        { "normalizer", "{\"type\": \"Replace\", \"pattern\": {}, \"content\": \"\"}", "pattern must have one key, String or Regex" },
        { "normalizer", "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"(\"}, \"content\": \"\"}", "pattern Regex: \"(\" lacks a )" },
        { "normalizer", "{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\", \"Regex\": \"a\"}, \"content\": \"\"}", "pattern must have one key" },
        { "pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"String\": \"a\"}, \"behavior\": \"isolated\", \"invert\": false}",
            "behavior is \"isolated\"; it can be Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous" },
        { "pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"\\\\p{Han}\"}, \"behavior\": \"Isolated\", \"invert\": false}", "which isn't supported; general categories are: C, Cc" },
        { "pre_tokenizer", "{\"type\": \"Metaspace\", \"replacement\": \"__\"}", "replacement is \"__\"; it must be one character" },
        { "pre_tokenizer", "{\"type\": \"Metaspace\", \"replacement\": \"_\", \"prepend_scheme\": \"last\"}", "prepend_scheme is \"last\"; it can be first, never, always" },
        { "pre_tokenizer", "{\"type\": \"Metaspace\", \"replacement\": \"_\", \"prepend_scheme\": \"first\", \"add_prefix_space\": false}", "add_prefix_space is false, but prepend_scheme isn't never" },
        { "decoder", "{\"type\": \"Strip\", \"content\": \" \", \"start\": -1, \"stop\": 0}", "decoder: start is -1; it must be a whole number from 0" },
        { "version", "\"2.0\"", "version is \"2.0\"; only 1.0 is known" },
        { "version", "null", "version is null" },
        { "added_tokens", "null", "added_tokens is null" },
        { "pre_tokenizer.use_regex", "null", "pre_tokenizer: use_regex is null" },
        { "model.fuse_unk", "null", "model: fuse_unk is null" },
        { "added_tokens", "[{\"content\": \"<x>\"}]", "added_tokens[0]: id is missing" },
        { "added_tokens", "[{\"id\": 20, \"content\": \"\\ud800\"}]", "added_tokens[0]: content isn't valid Unicode" },
    };

    [Theory]
    [MemberData(nameof(Damage))]
    public void Parse_ADamagedFile_SaysWhatAndWhere(string place, string value, string expected)
    {
        var keys = place.Split('.');
        const string Hole = "\"hole\"";
        var json = SmallTokenizer.Json(root =>
        {
            var parent = keys[..^1].Aggregate(root, (node, key) => node[key]!);
            parent[keys[^1]] = "hole";
        }).ToJsonString().Replace(Hole, value, StringComparison.Ordinal);

        var error = Assert.Throws<InvalidInputException>(() => SmallTokenizer.Parse(json));

        Assert.StartsWith("tokenizer.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_MergesAsPairsOrLines_AreTheSame()
    {
        var pairs = SmallTokenizer.Create(x => x["model"]!["merges"] = JsonNode.Parse("""[["b", "c"], ["a", "b"], ["Ġ", "ab"], ["ab", "c"], ["a", "a"], ["ab", "ab"], ["'", "s"]]"""));
        var lines = SmallTokenizer.Create(x => x["model"]!["merges"]!.AsArray().Insert(0, "#version: 0.2"));

        foreach (var text in (string[])["abc ab", "ababab's", "aaa\n"])
        {
            Assert.Equal(SmallTokenizer.Create().Encode(text), pairs.Encode(text));
            Assert.Equal(SmallTokenizer.Create().Encode(text), lines.Encode(text));
        }
    }

    [Fact]
    public void Parse_WhatDoesntConcernTokens_IsPassedOver()
    {
        var tokenizer = SmallTokenizer.Create(x =>
        {
            x["post_processor"] = JsonNode.Parse("""{ "type": "TemplateProcessing", "single": [{ "SpecialToken": { "id": "<s>", "type_id": 0 } }] }""");
            x["truncation"] = JsonNode.Parse("""{ "max_length": 1 }""");
            x["normalizer"] = JsonNode.Parse("""{ "type": "Sequence", "normalizers": [] }""");
            x["pre_tokenizer"] = JsonNode.Parse("""{ "type": "Sequence", "pretokenizers": [{ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false }] }""");
            x["model"]!.AsObject().Remove("type");
            x["model"]!.AsObject().Remove("ignore_merges");
            x.AsObject().Remove("added_tokens");
            x["decoder"] = null;
        });

        Assert.Equal([1, 5, 6], tokenizer.Encode("abc ab"));
    }

    [Fact]
    public void Parse_MetaspaceAtTheStartOfTextThatMayLoseIt_IsRefused()
    {
        var error = Assert.Throws<InvalidInputException>(() => SmallTokenizer.Create(x =>
        {
            x["normalizer"] = JsonNode.Parse("""{"type": "Strip", "strip_left": true, "strip_right": false}""");
            x["pre_tokenizer"] = JsonNode.Parse("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}""");
        }));

        Assert.Contains("pre_tokenizer has a Metaspace with prepend_scheme \"first\" behind a normalizer that may remove the beginning", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AnAddedTokenThatIsNothingOnceNormalised_IsRefused()
    {
        var error = Assert.Throws<InvalidInputException>(() => SmallTokenizer.Create(x =>
        {
            x["normalizer"] = JsonNode.Parse("""{"type": "Strip", "strip_left": true, "strip_right": true}""");
            x["added_tokens"] = new JsonArray(SmallTokenizer.Added(20, "  ", "normalized"));
        }));

        Assert.Contains("added token \"  \" is nothing once it is normalised", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ATokenListedTwice_IsRefused()
    {
        var json = SmallTokenizer.Json().ToJsonString().Replace("\"bc\":5", "\"bc\":5,\"bc\":99", StringComparison.Ordinal);

        Assert.Contains("has the key 'bc' twice", Assert.Throws<InvalidInputException>(() => SmallTokenizer.Parse(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"tokenizer\"")]
    [InlineData("{\"model\": {\"vocab\": {}, \"merges\": []}, \"pre_tokenizer\": {\"type\": \"ByteLevel\", \"add_prefix_space\": false}}")]
    public void Parse_WhatIsNoTokenizer_IsRefused(string json)
    {
        Assert.StartsWith("tokenizer.json: ", Assert.Throws<InvalidInputException>(() => SmallTokenizer.Parse(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AMissingFile_NamesIt()
    {
        var path = Path.Combine(Path.GetTempPath(), "circuitgrid-nowhere", "tokenizer.json");

        Assert.StartsWith($"{path}: doesn't exist", Assert.Throws<InvalidInputException>(() => Tokenizer.Load(path)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, int> Seeds { get; } =
    [
        (SmallTokenizer.Json(x =>
        {
            x["normalizer"] = SmallTokenizer.Nfc();
            x["added_tokens"] = new JsonArray(SmallTokenizer.Added(20, "<x>", "lstrip", "rstrip"), SmallTokenizer.Added(21, "é", "normalized", "single_word", "special"));
        }).ToJsonString(), 100),
        // Nearly every letter of this one is part of a key or a name that is known or isn't.
        (SmallTokenizer.WithAllParts().ToJsonString(), 50),
    ];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Parse_MutatedFiles_AreRefusedOrWork(string file, int fewestAccepted)
    {
        var seed = Encoding.UTF8.GetBytes(file);
        var refused = 0;
        var accepted = 0;
        for (var i = 0; i < 6000; i++)
        {
            try
            {
                var tokenizer = TokenizerFile.Parse(Mutate(seed, new Random(i)), "tokenizer.json", new());
                accepted++;
                var ids = tokenizer.Encode("abc ab <x> e\u0301 aa's \nbabab");
                Assert.All(ids, id => Assert.True(tokenizer.IsToken(id)));
                Assert.Equal(tokenizer.Encode("ab"), tokenizer.Encode("ab"));
                tokenizer.Decode(ids);
            }
            catch (InvalidInputException e)
            {
                refused++;
                Assert.StartsWith("tokenizer.json", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', e.Message);
            }
        }

        // Both ways out were taken, so the mutations reach past the JSON reader.
        Assert.InRange(refused, 1000, 6000 - fewestAccepted);
        Assert.InRange(accepted, fewestAccepted, 5000);
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = seed.ToList();
        string[] pieces = ["null", "true", "-1", "1e9", "2000000", "0", "\"\"", "[]", "{}", "\"a b\"", "\"\\ud800\"", "\"type\":\"BPE\"", ",", "\"", "Ġ", "a", "999999999999"];
        for (var changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 12), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                    break;
                case 3:
                    ReplaceValue(bytes, at, pieces[random.Next(pieces.Length)]);
                    break;
                case 4:
                    bytes[at] = (byte)(random.Next(2) == 0 ? '0' + random.Next(10) : 'a' + random.Next(26));
                    break;
                default:
                    if (random.Next(8) == 0)
                    {
                        bytes.RemoveRange(at, bytes.Count - at);
                    }
                    else
                    {
                        ReplaceValue(bytes, at, Encoding.UTF8.GetString([.. bytes.GetRange(at, length)]));
                    }

                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Replaces the next value after a colon or comma.</summary>
    private static void ReplaceValue(List<byte> bytes, int at, string value)
    {
        var start = bytes.FindIndex(at, x => x is (byte)':' or (byte)',') + 1;
        if (start > 0)
        {
            var end = bytes.FindIndex(start, x => x is (byte)',' or (byte)'}' or (byte)']');
            bytes.RemoveRange(start, Math.Max(0, end - start));
            bytes.InsertRange(start, Encoding.UTF8.GetBytes(value));
        }
    }
}
