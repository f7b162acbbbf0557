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
        using var qkv = ProjectHeads(layer, residual);
        var patterns = Device.Allocate([Config.Heads, Enumerable.Range(0, sequences.Count).Sum(s => sequences.Length(s) * sequences.Length(s))]);
        using var z = AttendHeads(layer, qkv, sequences, patterns);
        return patterns;
    }
}
