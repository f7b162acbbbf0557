using System.Collections.Immutable;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Audit;

/// <summary>Two neighbouring checkpoints whose results aren't held against each other.</summary>
/// <param name="From">A cell of the earlier one.</param>
/// <param name="To">The later one's cell of the same task.</param>
/// <param name="Fields">What they differ in (<see cref="Comparability.Fields"/>).</param>
public sealed record NotCompared(CellId From, CellId To, ImmutableArray<string> Fields);
