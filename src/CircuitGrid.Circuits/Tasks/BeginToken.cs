using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>The token that a model may want before every prompt: which one it is, and how it gets there, for built-in tasks and pairs files alike.</summary>
internal static class BeginToken
{
    public const string Content = "<|endoftext|>";

    /// <param name="tokenizer">Of the model.</param>
    /// <param name="place">What messages call the examples.</param>
    /// <exception cref="InvalidInputException">The tokenizer has no such token.</exception>
    public static int Of(Tokenizer tokenizer, string place) => tokenizer.AddedTokens.FirstOrDefault(x => x.Content == Content)?.Id
        ?? throw new InvalidInputException(place, $"the tokenizer has no token {Content} to put before the prompts; leave 'bos' out");

    /// <param name="id">The token; <see langword="null"/> where none is wanted.</param>
    /// <param name="prompt">A prompt's token ids.</param>
    /// <param name="error">Makes an error about the prompt.</param>
    /// <exception cref="InvalidInputException">The prompt begins with the token already.</exception>
    public static int[] PutBefore(int? id, ReadOnlySpan<int> prompt, Func<string, InvalidInputException> error) => id is not { } begin ? [.. prompt]
        : prompt.StartsWith([begin]) ? throw error($"begins with {Content} (id {begin}) already, and 'bos' would put it there a second time; take away one of the two")
        : [begin, .. prompt];
}
