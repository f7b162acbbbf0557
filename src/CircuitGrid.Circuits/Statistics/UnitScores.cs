using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>A cell's scores by sampling unit, and how circuits are taken from them.</summary>
/// <param name="Means">Mean scores of all blocks.</param>
/// <param name="Units">The blocks of every unit, [units].</param>
/// <param name="Rule">How circuits are taken; its budget counts for nothing here.</param>
public sealed record UnitScores(BlockMeans Means, ImmutableArray<ImmutableArray<int>> Units, CircuitRule Rule);
