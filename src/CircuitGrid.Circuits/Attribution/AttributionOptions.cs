using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>How edges are scored; docs/method.md, attribution.</summary>
public enum AttributionMethod
{
    /// <summary>Gradient at the clean input (Syed et al. 2023).</summary>
    Eap,

    /// <summary>Gradients along the path between clean and corrupted embeddings (Hanna et al. 2024).</summary>
    EapIg,

    /// <summary>Mean of the gradients at the clean and the corrupted input.</summary>
    CleanCorrupted,

    /// <summary>EAP whose edges into queries and keys see the attention's softmax as it is (AtP*: Kramár et al. 2024).</summary>
    EapQk,

    /// <summary>Relevance instead of gradients, at the clean input (RelP: Rezaei Jafari et al. 2025).</summary>
    RelP,

    /// <summary>The metric with only that edge ablated: one evaluation an edge.</summary>
    Exact,
}

/// <summary>Where on the path from clean (0) to corrupted (1) gradients are taken.</summary>
public enum IntegrationPoints
{
    /// <summary>k/m, k = 1…m: the corrupted end is in, the clean one isn't. The paper's code.</summary>
    CorruptedEnd,

    /// <summary>k/m, k = 0…m−1.</summary>
    CleanEnd,

    /// <summary>(k+½)/m.</summary>
    Midpoint,

    /// <summary>Gauss-Legendre nodes and weights: exact for polynomials of degree 2m−1.</summary>
    GaussLegendre,
}

/// <summary>Settings of an attribution.</summary>
public sealed record AttributionOptions
{
    /// <value>The default is <see cref="AttributionMethod.EapIg"/>.</value>
    public AttributionMethod Method { get; init; } = AttributionMethod.EapIg;

    /// <summary>m, the number of integration points of <see cref="AttributionMethod.EapIg"/>.</summary>
    /// <value>The default is 5; the paper's scripts use 30.</value>
    public int Steps { get; init; } = 5;

    /// <value>The default is <see cref="IntegrationPoints.CorruptedEnd"/>, as in the paper's code.</value>
    public IntegrationPoints Points { get; init; } = IntegrationPoints.CorruptedEnd;

    /// <summary>Into how many blocks of neighbouring examples scores are summed; never more than there are examples.</summary>
    /// <value>The default is 32 below 100,000 edges and 8 above, written as <see langword="null"/>.</value>
    public int? Blocks { get; init; }

    /// <summary>Examples of every block, where blocks aren't to be as even as can be; <see cref="Blocks"/> counts for nothing then.</summary>
    public ImmutableArray<int>? BlockSizes { get; init; }
}
