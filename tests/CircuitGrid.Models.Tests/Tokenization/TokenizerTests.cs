using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Tokenization.Unicode;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Models.Tests.Tokenization;

/// <summary>Worked out by hand from the merges; the ids were confirmed with the Hugging Face library.</summary>
public sealed class TokenizerTests
{
    /// <summary>Every byte has a token, and some merges cut through UTF-8 sequences.</summary>
    private static readonly Tokenizer _bytes = TokenizerTrainer.Train(["the theme thé ééé 日本 日本 日 'll'll"], new() { VocabularySize = 280 });

    /// <summary>UTF-16 units with many surrogates, marks, spaces and quotes among them.</summary>
    private static readonly Arbitrary<string> _texts = Gen.OneOf(
            Gen.Choose(0, 0xFFFF),
            Gen.Choose(0xD800, 0xDFFF),
            Gen.Choose(0x300, 0x34F),
            Gen.Choose(0, 0x7F),
            Gen.Elements(' ', '\n', '\'', 's', 'l', 'é', '\u3000', '日', '\0').Select(x => (int)x))
        .Select(x => (char)x).ListOf().Select(x => string.Concat(x)).ToArbitrary();

    [Theory]
    [InlineData("abc", new[] { 1, 5 })] // "b c" comes before "a b"
    [InlineData(" ab", new[] { 6 })]
    [InlineData(" abc", new[] { 0, 1, 5 })]
    [InlineData("aaa", new[] { 13, 1 })] // the leftmost of equal pairs
    [InlineData("aaaa", new[] { 13, 13 })]
    [InlineData("ababab", new[] { 14, 4 })]
    [InlineData("a's", new[] { 1, 19 })]
    [InlineData("é", new[] { 8, 9 })]
    [InlineData("e\u0301", new[] { 12, 10, 11 })]
    [InlineData("", new int[0])]
    public void Encode_MergesInTheOrderOfTheList(string text, int[] expected)
    {
        Assert.Equal(expected, SmallTokenizer.Create().Encode(text));
    }

    [Theory]
    [InlineData("ab", new[] { 6 })]
    [InlineData(" ab", new[] { 6 })]
    [InlineData("\nab", new[] { 0, 15, 4 })]
    [InlineData("", new int[0])]
    [InlineData("ab<x>ab<x> ab", new[] { 6, 20, 6, 20, 6 })]
    public void Encode_WithPrefixSpace_PutsOneBeforeEveryPieceThatHasNone(string text, int[] expected)
    {
        var tokenizer = SmallTokenizer.Create(x =>
        {
            x["pre_tokenizer"]!["add_prefix_space"] = true;
            x["added_tokens"]!.AsArray().Add(SmallTokenizer.Added(20, "<x>"));
        });

        Assert.Equal(expected, tokenizer.Encode(text));
    }

    [Theory]
    [InlineData(" a \n<x> b", new[] { 0, 1, 20, 0, 2 })] // left white space belongs to <x>
    [InlineData("a <y> \n b", new[] { 1, 0, 21, 2 })] // right white space belongs to <y>
    [InlineData(" <y>  <x> ", new[] { 0, 21, 20, 0 })] // what <y> took isn't taken again
    [InlineData("cab acab caba a cab", new[] { 22, 0, 1, 3, 4, 0, 3, 4, 1, 0, 1, 0, 22 })] // only as a word of its own
    [InlineData("ccccc", new[] { 23, 23, 3 })] // the longest of those that begin here
    [InlineData("e\u0301 é", new[] { 24, 0, 24 })] // looked for in normalised text
    public void Encode_AddedTokens_AreCutOutAsTheirFlagsSay(string text, int[] expected)
    {
        var tokenizer = SmallTokenizer.Create(x =>
        {
            x["normalizer"] = SmallTokenizer.Nfc();
            x["added_tokens"] = new JsonArray(
                SmallTokenizer.Added(20, "<x>", "lstrip"),
                SmallTokenizer.Added(21, "<y>", "rstrip"),
                SmallTokenizer.Added(22, "cab", "single_word"),
                SmallTokenizer.Added(3, "c"),
                SmallTokenizer.Added(23, "cc"),
                SmallTokenizer.Added(24, "é", "normalized"));
        });

        Assert.Equal(expected, tokenizer.Encode(text));
    }

    [Fact]
    public void Encode_AddedTokenNotNormalized_IsLookedForInTheRawText()
    {
        var tokenizer = SmallTokenizer.Create(x =>
        {
            x["normalizer"] = SmallTokenizer.Nfc();
            x["added_tokens"] = new JsonArray(SmallTokenizer.Added(20, "e\u0301"));
        });

        Assert.Equal([20, 8, 9], tokenizer.Encode("e\u0301é"));
    }

    [Fact]
    public void Encode_IgnoreMerges_TakesWholeWordsFirst()
    {
        var tokenizer = SmallTokenizer.Create(x => x["model"]!["ignore_merges"] = true);

        Assert.Equal([7], tokenizer.Encode("abc"));
        Assert.Equal([0, 1, 5], tokenizer.Encode(" abc"));
    }

    [Fact]
    public void Encode_ByteWithoutToken_IsTheUnknownTokenOrAnError()
    {
        var error = Assert.Throws<InvalidInputException>(() => SmallTokenizer.Create().Encode("ab x"));
        Assert.Contains("0x78", error.Message, StringComparison.Ordinal);

        // The unknown token merges like any other.
        Assert.Equal([2, 1, 4], SmallTokenizer.Create(x => x["model"]!["unk_token"] = "a").Encode("bxxb"));
        Assert.Equal([2, 4], SmallTokenizer.Create(x => x["model"]!["unk_token"] = "a").Encode("bxb"));
        Assert.Equal([2, 4], SmallTokenizer.Create(x =>
        {
            x["model"]!["unk_token"] = "a";
            x["model"]!["fuse_unk"] = true;
        }).Encode("bxxb"));
    }

    [Fact]
    public void Encode_WithoutWordSplitting_MergesAcrossSpaces()
    {
        Assert.Equal([14, 15], SmallTokenizer.Create().Encode("abab\n"));
        var tokenizer = SmallTokenizer.Create(x =>
        {
            x["pre_tokenizer"]!["use_regex"] = false;
            x["model"]!["vocab"]!["abĠ"] = 20;
            x["model"]!["merges"]!.AsArray().Insert(2, "ab Ġ");
        });

        Assert.Equal([20, 4], tokenizer.Encode("ab ab"));
    }

    [Fact]
    public void Encode_AVeryLongWord_EndsAndLosesNothing()
    {
        var word = string.Concat(Enumerable.Repeat("abc", 50_000)) + new string('a', 50_001);

        var ids = SmallTokenizer.Create().Encode(word);

        // abc is a, bc; then pairs of a's from the left, and one left over.
        Assert.Equal(100_000 + 25_001, ids.Length);
        Assert.Equal([1, 5, 1, 5], ids[..4]);
        Assert.Equal([13, 13, 1], ids[^3..]);
    }

    [Fact]
    public void Decode_EncodedText_GivesItBackWhateverItIs()
    {
        var raw = TokenizerFile.Parse(Encoding.UTF8.GetBytes(WithoutNormalizer(_bytes)), "raw", new());
        Prop.ForAll(_texts, text =>
        {
            // The framework's own encoder replaces unpaired surrogates by U+FFFD.
            var sound = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            return raw.Decode(raw.Encode(text)) == sound && _bytes.Decode(_bytes.Encode(text)) == UnicodeNormalization.Apply(sound, NormalizationForm.FormC);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Encode_WordByWord_GivesTheSameTokensAsTheWholeText()
    {
        Prop.ForAll(_texts, text => _bytes.Words(text).SelectMany(_bytes.Encode).SequenceEqual(_bytes.Encode(text))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Encode_UnpairedSurrogates_AreReadAsReplacementCharacters()
    {
        (string Text, string Read)[] cases = [("\ud800", "\ufffd"), ("a\udc00b", "a\ufffdb"), ("\ude00\ud83d", "\ufffd\ufffd"), ("\ud83d\ude00\ud83d", "😀\ufffd")];
        foreach (var (text, read) in cases)
        {
            Assert.Equal(read, _bytes.Decode(_bytes.Encode(text)));
            Assert.Equal(_bytes.Encode(read), _bytes.Encode(text));
        }
    }

    [Fact]
    public void Encode_FormsOfOneText_AreOneWhereTheTokenizerNormalizes()
    {
        Assert.Equal(_bytes.Encode("thé Å 한"), _bytes.Encode("the\u0301 \u212b \u1112\u1161\u11ab"));
        Assert.Equal([8, 9], SmallTokenizer.Create(x => x["normalizer"] = SmallTokenizer.Nfc()).Encode("e\u0301"));
    }

    [Fact]
    public void Decode_PartsOfACharacter_BecomeReplacementCharactersOnlyWhereTheyStayParts()
    {
        var tokenizer = SmallTokenizer.Create();

        Assert.Equal("é", tokenizer.Decode([8, 9]));
        Assert.Equal("\ufffdaé", tokenizer.Decode([8, 1, 8, 9]));
        Assert.Equal("\ufffd", tokenizer.TokenText(9));
        Assert.Equal(" ab", tokenizer.TokenText(6));
    }

    [Fact]
    public void Decode_AddedTokens_AreTheirContent()
    {
        var tokenizer = SmallTokenizer.Create(x => x["added_tokens"] = new JsonArray(
            SmallTokenizer.Added(20, "<|endoftext|>", "special"), SmallTokenizer.Added(25, "  "), SmallTokenizer.Added(26, "Ġé")));

        Assert.Equal("<|endoftext|>  aĠé", tokenizer.Decode([20, 25, 1, 26]));
        Assert.Equal(27, tokenizer.VocabularySize);
        Assert.False(tokenizer.IsToken(21));
        Assert.True(tokenizer.AddedTokens[0].Special);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(20)]
    [InlineData(int.MaxValue)]
    public void Decode_AnIdThatIsNoToken_IsRefused(int id)
    {
        var tokenizer = SmallTokenizer.Create(x => x["added_tokens"] = new JsonArray(SmallTokenizer.Added(21, "<x>")));

        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([1, id]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.TokenText(id));
    }

    [Fact]
    public void TryGetSingleToken_IsTrueForExactlyOneToken()
    {
        var tokenizer = SmallTokenizer.Create();

        Assert.True(tokenizer.TryGetSingleToken(" ab", out var id));
        Assert.Equal(6, id);
        // A token, but not what the text encodes to.
        Assert.False(tokenizer.TryGetSingleToken("abc", out _));
        Assert.False(tokenizer.TryGetSingleToken("", out _));
    }

    private static string WithoutNormalizer(Tokenizer tokenizer)
    {
        using var stream = new MemoryStream();
        TokenizerWriter.Write(tokenizer, stream);
        var root = JsonNode.Parse(stream.ToArray())!;
        root["normalizer"] = null;
        return root.ToJsonString();
    }
}
