namespace CircuitGrid.Compute;

/// <summary>How queries and keys become attention weights: logits s = Scale·q·k, capped, masked, softmax.</summary>
/// <param name="Scale">Factor on q·k, usually 1/√dh.</param>
/// <param name="SoftCap">c of s → c·tanh(s/c), taken before the mask; 0 for none.</param>
/// <param name="Window">Positions that a query sees, itself and those just before it; 0 for all before it.</param>
public readonly record struct AttentionRule(double Scale, double SoftCap = 0, int Window = 0)
{
    /// <summary>Plain causal attention of heads of a width.</summary>
    public static AttentionRule Of(int headWidth) => new(1 / Math.Sqrt(headWidth));
}
