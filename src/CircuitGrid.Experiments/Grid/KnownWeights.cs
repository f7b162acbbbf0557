namespace CircuitGrid.Experiments.Grid;

/// <summary>What is known of a checkpoint's weights without reading them.</summary>
/// <param name="Own">The digest of its tensors and configuration.</param>
/// <param name="Digest">The digest that results go by: its own, or that of an earlier checkpoint which is equal as numbers.</param>
public sealed record KnownWeights(string Own, string Digest);
