using System.Collections.Immutable;
using System.Globalization;

namespace CircuitGrid.Models.Architectures;

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
    public string ToCanonicalString() => string.Join(' ', (string[])
    [
        string.Create(
            CultureInfo.InvariantCulture,
            $"architecture={Family} layers={Layers} heads={Heads} width={Width} mlp={MlpWidth} vocabulary={Vocabulary} context={ContextLength} epsilon={Norms.Epsilon:R} activation={Activation} parallel={ParallelResidual} tied={TiedUnembedding} rotary={Rotary?.Dimensions ?? 0} base={Rotary?.Base ?? 0:R}"),
        .. Switches().Where(s => s.IsSet).Select(s => s.Text),
    ]);

    /// <summary>The fields that results depend on, by the names that people know them by.</summary>
    public ImmutableSortedDictionary<string, string> ToSettings() => ToCanonicalString().Split(' ').Select(field => field.Split('=', 2)).ToImmutableSortedDictionary(
        field => field[0] switch { "base" => "rotary-base", "rotary" => "rotary-dimensions", var name => name },
        field => field[1],
        StringComparer.Ordinal);

    /// <summary>What families differ in beyond the two that were there first, whose line doesn't change.</summary>
    private IEnumerable<(bool IsSet, string Text)> Switches()
    {
        yield return (HeadsPerKey != 1, $"keys={KeyHeads}");
        yield return (OwnHeadWidth is not null, $"head={OwnHeadWidth}");
        yield return (Norms.Kind != NormKind.LayerNorm, $"norm={Norms.Kind}");
        yield return (Norms.Placement != NormPlacement.Before, $"norms={Norms.Placement}");
        yield return (!Norms.HasWeights, "norm-weights=False");
        yield return (Norms.IsOffset, "norm-offset=True");
        yield return (Biases != Biases.All, $"biases={Biases.ToString().Replace(", ", "+", StringComparison.Ordinal)}");
        yield return (IsGated, "gated=True");
        yield return (QueryKeyNorm != QueryKeyNorm.None, $"qk-norm={QueryKeyNorm}");
        yield return (QueryKeyValueLimit != 0, Number("qkv-limit", QueryKeyValueLimit));
        yield return (!WindowedLayers.IsEmpty, $"window={Window} windowed={WindowedLayers}");
        yield return (!UnrotatedLayers.IsEmpty, $"unrotated={UnrotatedLayers}");
        yield return (Rotary?.Scaling is not null, $"scaling={Rotary?.Scaling}");
        yield return (WindowedAreUnscaled, "windowed-unscaled=True");
        yield return (QueryScalar is not null, Number("query-scalar", QueryScalar ?? 0));
        yield return (DividesByLayer, "divides-by-layer=True");
        yield return (AttentionCap != 0, Number("attention-cap", AttentionCap));
        yield return (LogitCap != 0, Number("logit-cap", LogitCap));
        yield return (ScalesEmbedding, "scaled-embedding=True");

        static string Number(string name, double value) => string.Create(CultureInfo.InvariantCulture, $"{name}={value:R}");
    }
}
