using CircuitGrid.Compute;

namespace CircuitGrid.Models.Architectures.Weights;

/// <summary>A block's matrices; orders are those of <see cref="Transformers.LayerWeights"/>.</summary>
/// <param name="QueryKeyValue">[(H + 2·K)·dh, D].</param>
/// <param name="Output">W_O transposed, [H·dh, D].</param>
/// <param name="OutputBias">b_O [D].</param>
/// <param name="MlpIn">[F, D]; of a gated MLP W_gate over W_up, [2·F, D].</param>
/// <param name="MlpOut">[D, F].</param>
/// <param name="MlpOutBias">[D].</param>
internal sealed record LayerMatrices(
    IBiasedMatrix QueryKeyValue, IMatrixSource Output, float[] OutputBias, IBiasedMatrix MlpIn, IMatrixSource MlpOut, float[] MlpOutBias)
{
    /// <summary>The MLP's nonlinearity.</summary>
    public required ActivationFunction Activation { get; init; }

    /// <summary>Scale [D] of the norm behind attention, where there is one.</summary>
    public float[]? AttentionNorm { get; init; }

    /// <summary>Scale [D] of the norm behind the MLP, where there is one.</summary>
    public float[]? MlpNorm { get; init; }

    /// <summary>Scale of the norm of queries: [dh] of each head's, [H·dh] of the whole.</summary>
    public float[]? QueryNorm { get; init; }

    /// <summary>Scale of the norm of keys: [dh] of each head's, [K·dh] of the whole.</summary>
    public float[]? KeyNorm { get; init; }
}
