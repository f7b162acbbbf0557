using System.Collections.Immutable;

namespace CircuitGrid.Experiments.Audit;

/// <summary>Two neighbouring checkpoints whose results aren't held against each other.</summary>
/// <param name="Model">Their model.</param>
/// <param name="From">The earlier one's step.</param>
/// <param name="To">The later one's step.</param>
/// <param name="Fields">What they differ in (<see cref="Comparability.Fields"/>).</param>
public sealed record NotCompared(string Model, int From, int To, ImmutableArray<string> Fields);
