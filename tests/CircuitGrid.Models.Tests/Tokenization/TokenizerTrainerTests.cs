using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Models.Tests.Tokenization;

public sealed class TokenizerTrainerTests
{
    private static readonly string[] s_people = ["Mary", "John", "Zebulon", "Wilhelmina", "Oo", "Naïma"];

    private static string SomeText(int seed) => string.Concat(
        Enumerable.Range(seed, 200).Select(i => $"Then {s_people[i % 4]} gave a lamp to {s_people[(i + 1) % 4]} in {1100 + (i * 37 % 700)}. It's the {i}th day. "));

    [Fact]
    public void Train_OnCountsByHand_MergesTheMostFrequentPairAndTiesBySmallerIds()
    {
        // Words: " ab" 3 times, " abc" twice, "xy" and "zy" 4 times each. Pairs: (Ġ,a) 5, (a,b) 5, (x,y) 4, (z,y) 4, (b,c) 2.
        // 'Ġ' (U+0120) comes after 'a' and 'b' in the alphabet, so of the two pairs counted 5 (a,b) has the smaller ids.
        string[] texts = ["xy", "xy", "xy", "xy", "zy", "zy", "zy", "zy", " ab ab ab abc abc"];

        var tokenizer = TokenizerTrainer.Train(texts, new() { VocabularySize = 256 + 5, SpecialTokens = [] });

        Assert.Equal(["ab", " ab", "xy", "zy", " abc"], Enumerable.Range(256, 5).Select(tokenizer.TokenText));
        Assert.Equal([257, 260, 256], tokenizer.Encode(" ab abcab"));
    }

    [Fact]
    public void Train_PairsThatOverlap_AreCountedAfterEveryMerge()
    {
        // "aaaa" twice: (a,a) counts 6; after the merge (aa,aa) counts 2 and (a,a) none.
        var tokenizer = TokenizerTrainer.Train(["aaaa\naaaa"], new() { VocabularySize = 300, SpecialTokens = [] });

        Assert.Equal(258, tokenizer.VocabularySize);
        Assert.Equal("aaaa", tokenizer.TokenText(257));
        Assert.Equal(["aaaa", "aa", "a"], tokenizer.Encode("aaaaaaa").Select(tokenizer.TokenText));
    }

    [Fact]
    public void Train_WithCenturies_EveryYearIsTheCenturyAndTwoDigits()
    {
        var options = new TokenizerTrainerOptions { VocabularySize = 1000, Centuries = ["11", "12", "13", "14", "15", "16", "17"] };
        var tokenizer = TokenizerTrainer.Train([SomeText(0)], options);

        for (var year = 1100; year < 1800; year++)
        {
            var digits = year.ToString(CultureInfo.InvariantCulture);
            Assert.Equal([" " + digits[..2], digits[2..]], tokenizer.Encode(" " + digits).Select(tokenizer.TokenText));
        }

        Assert.Equal(100, Enumerable.Range(0, tokenizer.VocabularySize).Count(id => tokenizer.TokenText(id) is [>= '0' and <= '9', >= '0' and <= '9']));
        Assert.DoesNotContain(Enumerable.Range(0, tokenizer.VocabularySize), id => tokenizer.TokenText(id).Count(char.IsAsciiDigit) > 2);
    }

    [Fact]
    public void Train_RequiredWords_AreOneTokenWhetherOrNotTheyOccur()
    {
        var words = s_people.Select(x => " " + x).Append("Wilhelmina").ToArray();
        var tokenizer = TokenizerTrainer.Train([SomeText(0)], new() { VocabularySize = 300, RequiredWords = [.. words] });

        foreach (var word in words)
        {
            Assert.True(tokenizer.TryGetSingleToken(word, out var id), word);
            Assert.Equal(word, tokenizer.TokenText(id));
        }

        Assert.Equal(300, tokenizer.VocabularySize);
        Assert.False(tokenizer.TryGetSingleToken(" Zebulons", out _));
        Assert.False(tokenizer.TryGetSingleToken("Zebulon", out _));
    }

    [Fact]
    public void Train_AnyOrderOfTheText_GivesTheSameBytes()
    {
        var options = new TokenizerTrainerOptions { VocabularySize = 390, RequiredWords = [" Mary", " Wilhelmina"], Centuries = ["14"] };
        var texts = Enumerable.Range(0, 20).Select(SomeText).ToArray();

        var once = Bytes(TokenizerTrainer.Train(texts, options));
        var reversed = Bytes(TokenizerTrainer.Train(texts.Reverse(), options));

        Assert.Equal(once, reversed);
        Assert.Equal(390, TokenizerFile.Parse(once, "t", new()).VocabularySize);
    }

    [Fact]
    public void Save_ThenLoad_GivesAnEqualTokenizer()
    {
        var tokenizer = TokenizerTrainer.Train([SomeText(3)], new() { VocabularySize = 450, RequiredWords = [" Zebulon"], SpecialTokens = ["<|endoftext|>", "<|pad|>"] });
        var path = Path.Combine(Directory.CreateTempSubdirectory("circuitgrid-").FullName, "tokenizer.json");

        tokenizer.Save(path);
        var loaded = Tokenizer.Load(path);

        Assert.Equal(tokenizer.VocabularySize, loaded.VocabularySize);
        Assert.Equal(tokenizer.AddedTokens, loaded.AddedTokens);
        foreach (var text in (string[])[SomeText(7), "", " Zebulon<|endoftext|>Zebulon <|pad|>", "e\u0301 \"quotes\" \\ <&> 😀\0\n\n  x"])
        {
            Assert.Equal(tokenizer.Encode(text), loaded.Encode(text));
        }

        Assert.Equal(Bytes(tokenizer), Bytes(loaded));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Train_SpecialTokens_GetTheFirstIdsAndAreNoText()
    {
        var tokenizer = TokenizerTrainer.Train(["<|a|><|a|><|a|> x"], new() { VocabularySize = 600, SpecialTokens = ["<|b|>", "<|a|>"] });

        Assert.Equal([1, 0, tokenizer.Encode("x")[0]], tokenizer.Encode("<|a|><|b|>x"));
        // Nothing was merged inside <|a|>, and " x" occurs once.
        Assert.Equal(258, tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("")]
    [InlineData(" Mary's")]
    public void Train_ARequiredWordThatIsNone_IsRefused(string word)
    {
        var error = Assert.Throws<InvalidInputException>(() => TokenizerTrainer.Train([], new() { RequiredWords = [word] }));
        Assert.Contains($"\"{word}\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_MoreRequiredThanFits_IsRefused()
    {
        var error = Assert.Throws<InvalidInputException>(() => TokenizerTrainer.Train([], new() { VocabularySize = 258, RequiredWords = [" Mary", " John"] }));
        Assert.Contains("259 tokens are required", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => TokenizerTrainer.Train([], new() { Centuries = ["1x"] }));
    }

    private static byte[] Bytes(Tokenizer tokenizer)
    {
        using var stream = new MemoryStream();
        TokenizerWriter.Write(tokenizer, stream);
        return stream.ToArray();
    }
}
