using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>A layer in its steps, for runs in which some values are given instead of computed.</content>
public sealed partial class Transformer
{
    /// <summary>Queries, keys and values of all heads of a layer before rotation, from the residual stream they read: [R, D] to a new [R, (H + 2·K)·dh].</summary>
    public Tensor ProjectHeads(int layer, Tensor residual)
    {
        using var xhat = Read(residual);
        return ProjectQueriesKeysValues(layer, xhat);
    }

    /// <summary>The residual stream after a layer, a new [R, D], from the one before it and z of the layer's heads [R, H·dh]; the MLP is run.</summary>
    public Tensor FinishLayer(int layer, Tensor residual, Tensor z)
    {
        var result = AddAttention(layer, residual, z, out var passed);
        passed?.Dispose();
        using var xhat = Read(Parallel ? residual : result);
        using var mlp = MlpOutput(layer, xhat);
        Device.Add(result, result, mlp);
        return result;
    }
}
