using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures.Weights;

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

    /// <summary>1 [D], the scale of a norm without one.</summary>
    public required Tensor Ones { get; init; }

    /// <summary>Loads and prepares every weight, a matrix at a time.</summary>
    /// <exception cref="InvalidInputException">A tensor is missing or unusable.</exception>
    public static TransformerWeights Load(IDevice device, IModelMatrices matrices) => PartialLoad.Run(loaded =>
    {
        var config = matrices.Config;
        var layers = new LayerWeights[config.Layers];
        for (var l = 0; l < layers.Length; l++)
        {
            layers[l] = loaded.Add(LayerWeights.Load(device, config, matrices.ReadLayer(l)));
        }

        var unembedding = matrices.ReadUnembedding();
        var unembeddingRows = loaded.Add(Upload(device, unembedding));
        return new TransformerWeights
        {
            Embedding = loaded.Add(Upload(device, matrices.Embedding)),
            Positions = matrices.ReadPositions() is { } positions ? loaded.Add(Upload(device, new ArrayMatrix(positions, config.ContextLength, config.Width))) : null,
            Layers = layers,
            Unembedding = unembeddingRows,
            UnembeddingBias = loaded.Add(Upload(device, unembedding.Bias)),
            Ones = loaded.Add(Upload(device, Enumerable.Repeat(1f, config.Width).ToArray())),
        };
    });

    public static Tensor Upload(IDevice device, float[] values)
    {
        return PartialLoad.Run(loaded =>
        {
            var tensor = loaded.Add(device.Allocate([values.Length]));
            device.Upload(tensor, values);
            return tensor;
        });
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
        Ones.Dispose();
    }

    private static Tensor Upload(IDevice device, IMatrixSource matrix)
    {
        return PartialLoad.Run(loaded =>
        {
            var tensor = loaded.Add(device.Allocate([matrix.Rows, matrix.Columns]));
            device.Upload(tensor, matrix);
            return tensor;
        });
    }
}
