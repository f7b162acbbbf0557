using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Transformers;

/// <summary>A model's weights on a device, in the form the forward and backward passes use.</summary>
internal sealed class TransformerWeights : IDisposable
{
    /// <summary>E [V, D].</summary>
    public required Tensor Embedding { get; init; }

    /// <summary>Learned positions [context, D], if the model has them.</summary>
    public required Tensor? Positions { get; init; }

    public required LayerWeights[] Layers { get; init; }

    /// <summary>U′ [V, D]: the unembedding with the final LayerNorm's γ folded in.</summary>
    public required Tensor Unembedding { get; init; }

    /// <summary>U·β [V].</summary>
    public required Tensor UnembeddingBias { get; init; }

    /// <summary>Loads, folds and prepares every weight, a matrix at a time.</summary>
    /// <exception cref="InvalidInputException">A tensor is missing or unusable.</exception>
    public static TransformerWeights Load(IDevice device, ITensorSource source)
    {
        var layout = WeightLayout.For(source);
        var layers = new LayerWeights[source.Config.Layers];
        for (var l = 0; l < layers.Length; l++)
        {
            layers[l] = layout.LoadLayer(device, l);
        }

        var (unembedding, bias) = layout.LoadUnembedding(device);
        return new TransformerWeights
        {
            Embedding = layout.LoadEmbedding(device),
            Positions = layout.LoadPositions(device),
            Layers = layers,
            Unembedding = unembedding,
            UnembeddingBias = bias,
        };
    }

    public void Dispose()
    {
        Embedding.Dispose();
        Positions?.Dispose();
        foreach (var layer in Layers)
        {
            layer.Dispose();
        }

        Unembedding.Dispose();
        UnembeddingBias.Dispose();
    }
}
