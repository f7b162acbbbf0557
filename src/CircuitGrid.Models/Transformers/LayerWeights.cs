using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>
/// One block's weights on a device, with each LayerNorm's scale γ and shift β folded into the matrix that reads it:
/// W′ = W·diag(γ), b′ = b + W·β, so that every slot reads the normalised residual x̂ alone (docs/method.md, weights).
/// </summary>
internal sealed class LayerWeights : IDisposable
{
    /// <summary>[3·H·dh, D], rows ordered q of all heads, then k, then v; LayerNorm folded.</summary>
    public required Weight QueryKeyValue { get; init; }

    /// <summary>[3·H·dh], folded.</summary>
    public required Tensor QueryKeyValueBias { get; init; }

    /// <summary>W_O transposed, [H·dh, D]: row h·dh+j is what unit j of head h writes to the residual stream.</summary>
    public required Weight Output { get; init; }

    /// <summary>b_O [D]; it belongs to no node.</summary>
    public required Tensor OutputBias { get; init; }

    /// <summary>[F, D], LayerNorm folded.</summary>
    public required Weight MlpIn { get; init; }

    /// <summary>[F], folded.</summary>
    public required Tensor MlpInBias { get; init; }

    /// <summary>[D, F].</summary>
    public required Weight MlpOut { get; init; }

    /// <summary>[D]; part of the MLP node's output.</summary>
    public required Tensor MlpOutBias { get; init; }

    /// <summary>Prepares a block's matrices, one at a time.</summary>
    public static LayerWeights Load(IDevice device, LayerMatrices matrices) => PartialLoad.Run(loaded =>
    {
        var queryKeyValue = loaded.Add(device.Prepare(matrices.QueryKeyValue));
        var mlpIn = loaded.Add(device.Prepare(matrices.MlpIn));
        Tensor Bias(float[] values) => loaded.Add(TransformerWeights.Upload(device, values));
        return new LayerWeights
        {
            QueryKeyValue = queryKeyValue,
            QueryKeyValueBias = Bias(matrices.QueryKeyValue.Bias),
            Output = loaded.Add(device.Prepare(matrices.Output)),
            OutputBias = Bias(matrices.OutputBias),
            MlpIn = mlpIn,
            MlpInBias = Bias(matrices.MlpIn.Bias),
            MlpOut = loaded.Add(device.Prepare(matrices.MlpOut)),
            MlpOutBias = Bias(matrices.MlpOutBias),
        };
    });

    public void Dispose()
    {
        QueryKeyValue.Dispose();
        QueryKeyValueBias.Dispose();
        Output.Dispose();
        OutputBias.Dispose();
        MlpIn.Dispose();
        MlpInBias.Dispose();
        MlpOut.Dispose();
        MlpOutBias.Dispose();
    }
}
