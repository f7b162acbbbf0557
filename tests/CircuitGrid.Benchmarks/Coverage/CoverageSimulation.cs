using System.Collections.Immutable;

namespace CircuitGrid.Benchmarks.Coverage;

/// <summary>A simulation, and the rows that it gives.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Run">Runs it: how often what each row says holds.</param>
internal sealed record CoverageSimulation(ImmutableArray<CoverageRow> Rows, Func<double[]> Run);
