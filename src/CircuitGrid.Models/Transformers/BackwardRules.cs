namespace CircuitGrid.Models.Transformers;

/// <summary>What is carried back through a model's nonlinear parts.</summary>
public enum BackwardRules
{
    /// <summary>Derivatives.</summary>
    Gradient,

    /// <summary>
    /// Layer-wise relevance propagation as RelP has it (Rezaei Jafari, Eberle, Khakzar, Nanda 2025): a LayerNorm's σ is taken as a constant
    /// (LN-rule), an activation f as the factor f(x)/x (Identity-rule); all else, attention included, passes derivatives.
    /// </summary>
    Relevance,
}
