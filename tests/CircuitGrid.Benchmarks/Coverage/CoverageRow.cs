namespace CircuitGrid.Benchmarks.Coverage;

/// <summary>A row of the table.</summary>
/// <param name="Label">What is simulated.</param>
/// <param name="Experiments">In how many experiments.</param>
internal sealed record CoverageRow(string Label, string Experiments);
