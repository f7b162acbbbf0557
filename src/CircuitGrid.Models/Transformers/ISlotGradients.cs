using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>
/// Receives, from the last layer to the first, the gradient of the loss at the projections that slots feed. A slot's own gradient
/// (before its LayerNorm) follows from it and the normalised residual: docs/engine.md, head space. R rows; tensors are the
/// caller's and only valid during the call.
/// </summary>
public interface ISlotGradients
{
    /// <summary>The logits slot.</summary>
    /// <param name="gradient">Gradient at the final residual stream of every answer row, [N, D].</param>
    void VisitLogits(Tensor gradient);

    /// <summary>The MLP slot of a layer; of the last layer's there is a row for each answer only, R = N, since no other has a gradient.</summary>
    /// <param name="layer">Zero-based layer.</param>
    /// <param name="gradient">Gradient at the hidden layer before the activation, [R, F] or [R, 2·F].</param>
    /// <param name="projection">The hidden layer before the activation, [R, F] or [R, 2·F].</param>
    /// <param name="xhat">The normalised residual the slot reads, [R, D].</param>
    /// <param name="inverseScale">1/σ of it, [R].</param>
    void VisitMlp(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale);

    /// <summary>
    /// The MLP slot of a layer whose heads read another stream than it does, once more: the gradient at the residual stream through this slot alone, [R, D].
    /// </summary>
    /// <param name="layer">Zero-based layer.</param>
    /// <param name="gradient">That gradient.</param>
    void VisitMlpStream(int layer, Tensor gradient)
    {
    }

    /// <summary>All heads of a layer, before their slots.</summary>
    /// <param name="layer">Zero-based layer.</param>
    /// <param name="gradient">Gradient at z, [R, H·dh].</param>
    void VisitAttention(int layer, Tensor gradient)
    {
    }

    /// <summary>The q, k and v slots of all heads of a layer, as they were projected.</summary>
    /// <param name="layer">Zero-based layer.</param>
    /// <param name="gradient">Gradient at every slot's own projection, [R, 3·H·dh].</param>
    /// <param name="projection">The projection, [R, (H + 2·K)·dh]: heads that share a key or a value share its columns (<see cref="Transformer.BlocksOfSlots"/>).</param>
    /// <param name="xhat">The normalised residual the slots read, [R, D].</param>
    /// <param name="inverseScale">1/σ of it, [R].</param>
    void VisitHeads(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale);
}
