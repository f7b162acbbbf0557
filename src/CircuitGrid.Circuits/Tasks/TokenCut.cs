using System.Collections.Immutable;
using CircuitGrid.Models.Tokenization;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>How a tokenizer cuts a word, for messages that say why it can't be used.</summary>
internal static class TokenCut
{
    /// <summary>The texts of a word's tokens, the word standing behind a space.</summary>
    public static ImmutableArray<string> Of(Tokenizer tokenizer, string word) => [.. tokenizer.EncodeAfterSpace(word).Select(tokenizer.TokenText)];

    /// <summary>A word and its tokens: <c>" 1732" is " " + "173" + "2"</c>.</summary>
    public static string Show(Tokenizer tokenizer, string word) =>
        $"\" {Text.OneLine(word)}\" is {string.Join(" + ", Of(tokenizer, word).Select(p => $"\"{Text.OneLine(p)}\""))}";
}
