namespace CircuitGrid.Client.Commands.Bench;

/// <summary>How far a benchmark is.</summary>
/// <param name="Stage">What it times.</param>
/// <param name="Share">The share of that stage that is done, 0…1.</param>
internal sealed record BenchProgress(string Stage, double Share);
