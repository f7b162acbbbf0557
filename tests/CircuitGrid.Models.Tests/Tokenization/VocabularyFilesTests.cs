using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tests.Tokenization.Reference;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Models.Tests.Tokenization;

/// <summary>GPT-2's own two files, and what may stand in the place of a file.</summary>
public sealed class VocabularyFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("circuitgrid-vocabulary").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("#version: 0.2\nb c\na b\nĠ ab\n")]
    [InlineData("\ufeff#version: 0.2\r\nb c\r\na b\r\nĠ ab\r\n")]
    [InlineData("b c\na b\nĠ ab")]
    public void Load_VocabularyAndMerges_IsGpt2sTokenizer(string merges)
    {
        Write("vocab.json", """{"Ġ": 0, "a": 1, "b": 2, "c": 3, "ab": 4, "bc": 5, "Ġab": 6, "<|endoftext|>": 7}""");
        Write("merges.txt", merges);

        var tokenizer = Tokenizer.Load(TokenizerFiles.FindIn(_folder)!);

        Assert.Equal([1, 5, 6, 7], tokenizer.Encode("abc ab<|endoftext|>"));
        Assert.Equal("abc ab", tokenizer.Decode([1, 5, 6]));
        Assert.Equal(["vocab.json", "merges.txt"], TokenizerFiles.Of(TokenizerFiles.FindIn(_folder)!).Select(Path.GetFileName));
    }

    [Fact]
    public void Load_PublishedVocabulary_GivesTheIdsOfItsTokenizerFile()
    {
        var path = PublishedTokenizer.Find("gpt2");
        var model = JsonNode.Parse(File.ReadAllText(path))!["model"]!;
        Write("vocab.json", model["vocab"]!.ToJsonString());
        Write("merges.txt", "#version: 0.2\n" + string.Join('\n', model["merges"]!.AsArray().Select(m => (string)m!)) + "\n");
        var (one, two) = (Tokenizer.Load(path), Tokenizer.Load(TokenizerFiles.FindIn(_folder)!));
        var generator = new TextGenerator(5, ["<|endoftext|>"]);

        Assert.All(Enumerable.Range(0, 2000).Select(_ => generator.Next()), text => Assert.Equal(one.Encode(text), two.Encode(text)));
    }

    [Fact]
    public void FindIn_TokenizerFile_ComesFirst()
    {
        Assert.Null(TokenizerFiles.FindIn(_folder));
        Write("vocab.json", "{}");
        Assert.Null(TokenizerFiles.FindIn(_folder));
        Write("merges.txt", "");
        Assert.Equal(Path.Combine(_folder, "vocab.json"), TokenizerFiles.FindIn(_folder));
        Write("tokenizer.json", "{}");
        Assert.Equal(Path.Combine(_folder, "tokenizer.json"), TokenizerFiles.FindIn(_folder));
    }

    [Theory]
    [InlineData("{}", "", "vocab.json: has no token")]
    [InlineData("[]", "", "vocab.json: is a list")]
    [InlineData("""{"a": 0, "b": 0}""", "", "vocab.json: b has id 0, which another token has too")]
    [InlineData("""{"a": 0, "b": 1}""", "#version: 0.2\na b", "merges.txt: line 2 needs the token \"ab\", which vocab.json doesn't have")]
    [InlineData("""{"a": 0, "b": 1, "ab": 2}""", "a b\n\na b", "merges.txt: line 2 isn't a pair of tokens")]
    [InlineData("""{"a": 0, "b": 1, "ab": 2}""", "a b c", "merges.txt: line 1 isn't a pair of tokens")]
    [InlineData("""{"a": 0, "b": 1, "ab": 2}""", "", "merges.txt: has no merge that makes the token \"ab\", which vocab.json has; it may have been cut")]
    [InlineData("""{"a": 0, "b": 1, "ab": 2, "aba": 4, "bb": 3, "<pad>": 5}""", "a b", "merges.txt: has no merge that makes 2 tokens, the first of them \"bb\", which vocab.json has; it may have been cut")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "", "vocab.json: is a Git LFS pointer instead of the file itself")]
    [InlineData("""{"a": 0}""", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "merges.txt: is a Git LFS pointer instead of the file itself")]
    public void Load_DamagedFiles_SaysWhatAndWhere(string vocabulary, string merges, string expected)
    {
        Write("vocab.json", vocabulary);
        Write("merges.txt", merges);

        var error = Assert.Throws<InvalidInputException>(() => Tokenizer.Load(Path.Combine(_folder, "vocab.json")));

        Assert.StartsWith(Path.Combine(_folder, expected), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AddedTokensBesideTheVocabulary_AreRefused()
    {
        Write("vocab.json", """{"a": 0}""");
        Write("merges.txt", "");
        Write("added_tokens.json", """{"<x>": 1}""");

        var error = Assert.Throws<InvalidInputException>(() => Tokenizer.Load(Path.Combine(_folder, "vocab.json")));

        Assert.Contains("added_tokens.json: adds tokens to vocab.json, which isn't supported", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TokenizerFileThatIsAPointer_SaysHowToFetchIt()
    {
        Write("tokenizer.json", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n");

        var error = Assert.Throws<InvalidInputException>(() => Tokenizer.Load(Path.Combine(_folder, "tokenizer.json")));

        Assert.Contains("is a Git LFS pointer instead of the file itself; fetch it with git lfs pull", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ByteOrderMark_IsNoPartOfTheFile()
    {
        Write("tokenizer.json", "\ufeff" + SmallTokenizer.Json().ToJsonString());

        Assert.Equal([1, 5, 6], Tokenizer.Load(Path.Combine(_folder, "tokenizer.json"), new ForeignKeys()).Encode("abc ab"));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
}
