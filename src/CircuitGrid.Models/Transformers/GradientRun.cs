using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>What a forward pass keeps so that gradients can be carried back to every slot. R rows.</summary>
internal sealed class GradientRun : IDisposable
{
    public GradientRun(int layers) => Layers = new Layer[layers];

    public Layer[] Layers { get; }

    /// <summary>The residual stream the logits slot reads, [R, D].</summary>
    public Tensor FinalResidual { get; set; } = null!;

    public void Dispose()
    {
        foreach (var layer in Layers)
        {
            layer?.Dispose();
        }

        FinalResidual?.Dispose();
    }

    internal sealed class Layer : IDisposable
    {
        /// <summary>x̂ of the attention slots, [R, D].</summary>
        public required Tensor Xhat { get; init; }

        /// <summary>1/σ, [R].</summary>
        public required Tensor InverseScale { get; init; }

        /// <summary>x̂ of the MLP slot; in a parallel model the very tensor of <see cref="Xhat"/>.</summary>
        public Tensor MlpXhat { get; set; } = null!;

        public Tensor MlpInverseScale { get; set; } = null!;

        /// <summary>Queries, keys and values before rotation, [R, 3·D].</summary>
        public required Tensor QueryKeyValue { get; init; }

        /// <summary>The MLP's hidden layer before the activation, [R, F].</summary>
        public Tensor Hidden { get; set; } = null!;

        public void Dispose()
        {
            Xhat.Dispose();
            InverseScale.Dispose();
            MlpXhat?.Dispose();
            MlpInverseScale?.Dispose();
            QueryKeyValue.Dispose();
            Hidden?.Dispose();
        }
    }
}
