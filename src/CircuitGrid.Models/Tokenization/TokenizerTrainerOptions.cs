using System.Collections.Immutable;

namespace CircuitGrid.Models.Tokenization;

/// <summary>What a trained vocabulary may and must contain.</summary>
public sealed record TokenizerTrainerOptions
{
    /// <summary>Most tokens the vocabulary may have; it has fewer if the text runs out of pairs.</summary>
    public int VocabularySize { get; init; } = 1000;

    /// <summary>Tokens that mark structure; they get the first ids, in this order.</summary>
    public ImmutableArray<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>
    /// Words, each with the space before it (<c>" Mary"</c>), that must be one token. They cost one place each and no merges: the
    /// tokenizer looks a whole word up before it merges (<c>ignore_merges</c> in the file).
    /// </summary>
    public ImmutableArray<string> RequiredWords { get; init; } = [];

    /// <summary>
    /// Two-digit beginnings of the years that must be exactly two tokens: with <c>17</c>, <c>" 1732"</c> is <c>" 17"</c> and <c>"32"</c>.
    /// All hundred pairs of digits become tokens then, and no other merge touches a digit.
    /// </summary>
    public ImmutableArray<string> Centuries { get; init; } = [];

    /// <summary>A pair seen less often isn't merged.</summary>
    public int MinimumFrequency { get; init; } = 2;
}
