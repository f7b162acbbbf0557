namespace CircuitGrid.Models.Architectures;

/// <summary>What a norm does to a vector.</summary>
public enum NormKind
{
    /// <summary>LayerNorm: (x − mean)/√(variance + ε).</summary>
    LayerNorm,

    /// <summary>RMSNorm: x/√(mean(x²) + ε).</summary>
    RmsNorm,
}

/// <summary>Where a block's norms stand.</summary>
public enum NormPlacement
{
    /// <summary>Before what reads the residual stream.</summary>
    Before,

    /// <summary>Behind attention and MLP, before the sum; what reads the stream reads it as it is. The norm before the logits is there all the same.</summary>
    After,

    /// <summary>Both.</summary>
    Both,
}

/// <summary>A model's norms.</summary>
/// <param name="Kind">What they do.</param>
/// <param name="Epsilon">ε in every one of them.</param>
/// <param name="Placement">Where a block has them.</param>
/// <param name="HasWeights">Whether they have a scale; LayerNorm then has a shift, too.</param>
/// <param name="IsOffset">Whether the scale is 1 + w of the stored w.</param>
public sealed record NormRules(NormKind Kind, double Epsilon, NormPlacement Placement = NormPlacement.Before, bool HasWeights = true, bool IsOffset = false)
{
    /// <summary>Whether the mean is taken out.</summary>
    public bool Centres => Kind == NormKind.LayerNorm;

    /// <summary>Whether what reads the residual stream reads it through a norm.</summary>
    public bool IsBefore => Placement is NormPlacement.Before or NormPlacement.Both;

    /// <summary>Whether attention and MLP pass a norm before they are added to the stream.</summary>
    public bool IsAfter => Placement is NormPlacement.After or NormPlacement.Both;
}
