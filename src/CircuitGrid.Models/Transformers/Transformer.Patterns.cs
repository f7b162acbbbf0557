using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>Where heads look.</content>
public sealed partial class Transformer
{
    /// <summary>
    /// The attention weights of every head of a layer: a new tensor [H, Σ length²], for each head the sequences' [length, length] matrices
    /// (query, key) one after the other.
    /// </summary>
    /// <param name="layer">Zero-based.</param>
    /// <param name="residual">The residual stream that the layer's heads read, [T, D]; see <see cref="SourceRun.Residual"/>.</param>
    /// <param name="sequences">Sequences of the T rows.</param>
    public Tensor AttentionPatterns(int layer, Tensor residual, Sequences sequences)
    {
        using var xhat = Normalized(residual);
        using var qkv = Device.Allocate([residual.Rows, 3 * Config.Width]);
        Device.Linear(qkv, xhat, weights.Layers[layer].QueryKeyValue, weights.Layers[layer].QueryKeyValueBias);
        Rotate(qkv, sequences, inverse: false);
        using var z = Device.Allocate([residual.Rows, Config.Width]);
        var squares = Enumerable.Range(0, sequences.Count).Sum(s => sequences.Length(s) * sequences.Length(s));
        var patterns = Device.Allocate([Config.Heads, squares]);
        Device.Attend(z, HeadColumns(sequences.Rows, 1), qkv, Component(sequences, 0), qkv, Component(sequences, 1), qkv, Component(sequences, 2), sequences, patterns);
        return patterns;
    }
}
