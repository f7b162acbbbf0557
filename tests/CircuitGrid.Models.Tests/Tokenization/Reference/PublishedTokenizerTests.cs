using System.Text.Json.Nodes;

namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>
/// Published <c>tokenizer.json</c> files, which npm brings, against the reference on 20,000 texts each. What they are:
/// gpt2: byte-level with the library's own expression. llama2: the vocabulary of Mistral 7B, not that of Llama 2 (its first merges are "▁ t", "i n", "e r"), in the
/// same form: Prepend and Replace, no division, byte fallback, fused unknown tokens. llama3 and llama3_1: the same vocabulary, ignore_merges, other special tokens.
/// qwen3: NFC, single digits, merges as pairs. gemma2 and gemma3: spaces replaced and never a space to split at, white space and tags as added tokens, merges as
/// strings and as pairs. gpt4o: o200k's expression, matches kept by removing what is no match. deepseek_v3: three expressions one after the other, added tokens
/// looked for in normalised text.
/// </summary>
public sealed class PublishedTokenizerTests
{
    private const int Texts = 20_000;

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("llama3_1")]
    [InlineData("qwen3")]
    [InlineData("gemma2")]
    [InlineData("gemma3")]
    [InlineData("gpt4o")]
    [InlineData("deepseek_v3")]
    public void Encode_PublishedFile_GivesTheReferencesIdsAndTexts(string name) =>
        Comparison.AssertEqual(JsonNode.Parse(File.ReadAllText(PublishedTokenizer.Find(name)))!, Texts, seed: 1);
}
