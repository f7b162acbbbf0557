using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>What the library matches with an expression: it replaces the matches as a normalizer does, and its tokens are bytes.</summary>
internal sealed class PatternReference
{
    /// <summary>What stands in the place of a match.</summary>
    public const string Content = "|";

    private readonly ReferenceTokenizer _tokenizer;

    private PatternReference(ReferenceTokenizer tokenizer) => _tokenizer = tokenizer;

    public static PatternReference Create(string expression)
    {
        var vocabulary = new JsonObject();
        for (var b = 0; b < 256; b++)
        {
            vocabulary[string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>")] = b;
        }

        return new(ReferenceTokenizer.Create(new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["Regex"] = expression }, ["content"] = Content },
            ["pre_tokenizer"] = null,
            ["decoder"] = null,
            ["model"] = new JsonObject { ["type"] = "BPE", ["byte_fallback"] = true, ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        }));
    }

    public string Replace(string text) => Encoding.UTF8.GetString([.. _tokenizer.Encode(text).Select(id => (byte)id)]);
}
