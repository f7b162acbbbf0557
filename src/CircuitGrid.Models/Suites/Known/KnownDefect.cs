using System.Collections.Immutable;

namespace CircuitGrid.Models.Suites.Known;

/// <summary>A defect that checkpoints of a public suite are known to have.</summary>
/// <param name="Steps">The checkpoints that have it.</param>
/// <param name="SameAs">The step whose weights they have; <see langword="null"/> for another defect.</param>
/// <param name="Text">The defect, in words.</param>
/// <param name="Source">Where it is reported.</param>
public sealed record KnownDefect(ImmutableSortedSet<int> Steps, int? SameAs, string Text, string Source);
