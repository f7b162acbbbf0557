using System.Collections.Immutable;
using CircuitGrid.Models.Tokenization.Decoders;
using CircuitGrid.Models.Tokenization.Normalizers;
using CircuitGrid.Models.Tokenization.PreTokenizers;

namespace CircuitGrid.Models.Tokenization;

/// <summary>What a tokenizer does with the text between added tokens, and with tokens.</summary>
/// <param name="Normalizer">What changes the text; <see langword="null"/> for nothing.</param>
/// <param name="PreTokenizer">What divides it into words; <see langword="null"/> where it is one.</param>
/// <param name="Model">What makes tokens of a word.</param>
/// <param name="Decoder">What makes text of tokens; <see langword="null"/> where the file doesn't say.</param>
internal sealed record TokenizerPipeline(INormalizer? Normalizer, IPreTokenizer? PreTokenizer, BytePairModel Model, IDecoder? Decoder)
{
    /// <summary>Whether the words that a division ends in are bytes of GPT-2's alphabet.</summary>
    public static bool EndsInBytes(IPreTokenizer? preTokenizer) => SequencePreTokenizer.Flatten(preTokenizer).LastOrDefault() is ByteLevelPreTokenizer;

    /// <summary>The steps of the division, but that a last one leaves the writing of bytes to the model.</summary>
    public ImmutableArray<IPreTokenizer> Steps()
    {
        var steps = SequencePreTokenizer.Flatten(PreTokenizer).ToArray();
        if (steps is [.., ByteLevelPreTokenizer last])
        {
            steps[^1] = last.WithoutWriting();
        }

        return [.. steps];
    }
}
