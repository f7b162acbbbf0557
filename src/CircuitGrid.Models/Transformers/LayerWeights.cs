using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Architectures.Weights;

namespace CircuitGrid.Models.Transformers;

/// <summary>
/// One block's weights on a device, with each norm's scale γ and shift β folded into the matrix that reads through it:
/// W′ = W·diag(γ), b′ = b + W·β, so that every slot reads the normalised residual x̂ alone (docs/method.md, weights).
/// </summary>
internal sealed class LayerWeights : IDisposable
{
    /// <summary>[(H + 2·K)·dh, D], rows ordered q of all heads, then k, then v; the norm folded.</summary>
    public required Weight QueryKeyValue { get; init; }

    /// <summary>[(H + 2·K)·dh], folded.</summary>
    public required Tensor QueryKeyValueBias { get; init; }

    /// <summary>W_O transposed, [H·dh, D]: row h·dh+j is what unit j of head h writes to the residual stream.</summary>
    public required Weight Output { get; init; }

    /// <summary>b_O [D]; it belongs to no node.</summary>
    public required Tensor OutputBias { get; init; }

    /// <summary>[F, D], or [2·F, D] of a gated MLP; the norm folded.</summary>
    public required Weight MlpIn { get; init; }

    /// <summary>[F] or [2·F], folded.</summary>
    public required Tensor MlpInBias { get; init; }

    /// <summary>[D, F].</summary>
    public required Weight MlpOut { get; init; }

    /// <summary>[D]; part of the MLP node's output.</summary>
    public required Tensor MlpOutBias { get; init; }

    /// <summary>The MLP's nonlinearity.</summary>
    public required ActivationFunction Activation { get; init; }

    /// <summary>Scale [D] of the norm behind attention, where there is one.</summary>
    public Tensor? AttentionNorm { get; init; }

    /// <summary>Scale [D] of the norm behind the MLP, where there is one.</summary>
    public Tensor? MlpNorm { get; init; }

    /// <summary>Scale of the norm of queries: [dh] of each head's, [H·dh] of the whole.</summary>
    public Tensor? QueryNorm { get; init; }

    /// <summary>Scale of the norm of keys: [dh] of each head's, [K·dh] of the whole.</summary>
    public Tensor? KeyNorm { get; init; }

    /// <summary>Of the whole's, [H·dh]: that of the key that each head reads, for keys of which every head has its own.</summary>
    public Tensor? KeyNormOfHeads { get; init; }

    /// <summary>Prepares a block's matrices, one at a time.</summary>
    public static LayerWeights Load(IDevice device, ModelConfig config, LayerMatrices matrices) => PartialLoad.Run(loaded =>
    {
        var queryKeyValue = loaded.Add(device.Prepare(matrices.QueryKeyValue));
        var mlpIn = loaded.Add(device.Prepare(matrices.MlpIn));
        Tensor Vector(float[] values) => loaded.Add(TransformerWeights.Upload(device, values));
        Tensor? Optional(float[]? values) => values is null ? null : Vector(values);
        return new LayerWeights
        {
            QueryKeyValue = queryKeyValue,
            QueryKeyValueBias = Vector(matrices.QueryKeyValue.Bias),
            Output = loaded.Add(device.Prepare(matrices.Output)),
            OutputBias = Vector(matrices.OutputBias),
            MlpIn = mlpIn,
            MlpInBias = Vector(matrices.MlpIn.Bias),
            MlpOut = loaded.Add(device.Prepare(matrices.MlpOut)),
            MlpOutBias = Vector(matrices.MlpOutBias),
            Activation = matrices.Activation,
            AttentionNorm = Optional(matrices.AttentionNorm),
            MlpNorm = Optional(matrices.MlpNorm),
            QueryNorm = Optional(matrices.QueryNorm),
            KeyNorm = Optional(matrices.KeyNorm),
            KeyNormOfHeads = config.QueryKeyNorm == QueryKeyNorm.Whole ? Vector(OfHeads(matrices.KeyNorm!, config)) : null,
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
        AttentionNorm?.Dispose();
        MlpNorm?.Dispose();
        QueryNorm?.Dispose();
        KeyNorm?.Dispose();
        KeyNormOfHeads?.Dispose();
    }

    private static float[] OfHeads(float[] keyNorm, ModelConfig config)
    {
        var (width, repeated) = (config.HeadWidth, new float[config.QueryWidth]);
        for (var h = 0; h < config.Heads; h++)
        {
            keyNorm.AsSpan(h / config.HeadsPerKey * width, width).CopyTo(repeated.AsSpan(h * width));
        }

        return repeated;
    }
}
