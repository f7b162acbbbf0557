namespace CircuitGrid.Models.Architectures;

/// <summary>RMSNorm of queries and keys, after the projection and before rotation.</summary>
public enum QueryKeyNorm
{
    None,

    /// <summary>Of each head by itself, with one vector of weights for all heads.</summary>
    PerHead,

    /// <summary>Of all heads' queries as one vector, and of all keys as one.</summary>
    Whole,
}
