using CircuitGrid.Compute;

namespace CircuitGrid.Models.Architectures.Weights;

/// <summary>A matrix W[out, in] and the bias b[out] that goes with it.</summary>
internal interface IBiasedMatrix : IMatrixSource
{
    /// <summary>b [out]; complete once every row of the matrix was read.</summary>
    float[] Bias { get; }
}

/// <summary>A model's matrices in one order whatever the architecture, in a form in which every slot reads the normalised residual x̂ alone.</summary>
internal interface IModelMatrices
{
    ModelConfig Config { get; }

    /// <summary>E [V, D].</summary>
    IMatrixSource Embedding { get; }

    /// <summary>Learned positions [context·D]; <see langword="null"/> where the model has none.</summary>
    float[]? ReadPositions();

    /// <summary>The matrices of a block.</summary>
    LayerMatrices ReadLayer(int layer);

    /// <summary>U [V, D] and b_U [V].</summary>
    IBiasedMatrix ReadUnembedding();
}
