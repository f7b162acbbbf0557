using System.Collections.Immutable;
using System.Globalization;

namespace CircuitGrid.Models.Checkpoints;

public sealed partial record ModelConfig
{
    /// <summary>Elements of all weights and biases; a tied unembedding counts once.</summary>
    public long ParameterCount => TensorLayout.Of(this).Sum(tensor => tensor.Length);

    /// <summary><see cref="ParameterCount"/> without the token and position embeddings and the unembedding.</summary>
    public long NonEmbeddingParameterCount => TensorLayout.Of(this).Where(tensor => !tensor.IsEmbedding).Sum(tensor => tensor.Length);

    /// <summary>
    /// The configuration as one line that is the same wherever the same model is described, whatever file it was read from: what a
    /// digest covers.
    /// </summary>
    public string ToCanonicalString() => string.Create(
        CultureInfo.InvariantCulture,
        $"architecture={Architecture} layers={Layers} heads={Heads} width={Width} mlp={MlpWidth} vocabulary={Vocabulary} context={ContextLength} epsilon={LayerNormEpsilon:R} activation={Activation} parallel={ParallelResidual} tied={TiedUnembedding} rotary={Rotary?.Dimensions ?? 0} base={Rotary?.Base ?? 0:R}");

    /// <summary>The fields that results depend on, by the names that people know them by.</summary>
    public ImmutableSortedDictionary<string, string> ToSettings() => ToCanonicalString().Split(' ').Select(field => field.Split('=', 2)).ToImmutableSortedDictionary(
        field => field[0] switch { "base" => "rotary-base", "rotary" => "rotary-dimensions", var name => name },
        field => field[1],
        StringComparer.Ordinal);
}
