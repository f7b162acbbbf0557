namespace CircuitGrid.Models.Architectures;

/// <summary>Which matrices of a block have a bias of their own.</summary>
[Flags]
public enum Biases
{
    None = 0,

    /// <summary>Queries, keys and values.</summary>
    QueryKeyValue = 1,

    /// <summary>Attention's output.</summary>
    Output = 2,

    /// <summary>Both matrices of the MLP; all three of a gated one.</summary>
    Mlp = 4,

    All = QueryKeyValue | Output | Mlp,
}
