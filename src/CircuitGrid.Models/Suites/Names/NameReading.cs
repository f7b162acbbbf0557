namespace CircuitGrid.Models.Suites.Names;

/// <summary>What a name that fits a pattern says.</summary>
/// <param name="Name">What it says; <see langword="null"/> where that can't be.</param>
/// <param name="Fault">Then, why; it goes on after the name.</param>
public sealed record NameReading(CheckpointName? Name, string? Fault);
