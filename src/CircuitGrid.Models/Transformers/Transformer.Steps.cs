using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>A layer in its steps, for runs in which some values are given instead of computed.</content>
public sealed partial class Transformer
{
    /// <summary>Queries, keys and values of all heads of a layer before rotation, from the residual stream they read: [R, D] to a new [R, 3·H·dh].</summary>
    public Tensor ProjectHeads(int layer, Tensor residual)
    {
        using var xhat = Normalized(residual);
        return ProjectQueriesKeysValues(layer, xhat);
    }

    /// <summary>z of all heads, a new [T, H·dh], from queries, keys and values [T, 3·H·dh], which are rotated in place.</summary>
    /// <param name="qkv">As <see cref="ProjectHeads"/> gives them.</param>
    /// <param name="sequences">Sequences of the T rows.</param>
    /// <param name="patterns">Receives the attention weights if given; see <see cref="AttentionPatterns"/>.</param>
    public Tensor AttendHeads(Tensor qkv, Sequences sequences, Tensor? patterns = null)
    {
        Rotate(qkv, sequences, inverse: false);
        var z = Device.Allocate([qkv.Rows, Config.Width]);
        Device.Attend(z, HeadColumns(sequences.Rows, 1), qkv, Component(sequences, 0), qkv, Component(sequences, 1), qkv, Component(sequences, 2), sequences, patterns);
        return z;
    }

    /// <summary>The residual stream after a layer, a new [R, D], from the one before it and z of the layer's heads [R, H·dh]; the MLP is run.</summary>
    public Tensor FinishLayer(int layer, Tensor residual, Tensor z)
    {
        var result = AddAttention(layer, residual, z);
        using var xhat = Normalized(Parallel ? residual : result);
        using var mlp = MlpOutput(layer, xhat);
        Device.Add(result, result, mlp);
        return result;
    }
}
