namespace CircuitGrid.Models.Suites.Known;

/// <summary>A stage of a public suite's training.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="TokensPerStep">Tokens of a step in it.</param>
/// <param name="Steps">Its steps in all.</param>
public sealed record KnownStage(string Stage, long TokensPerStep, int Steps);
