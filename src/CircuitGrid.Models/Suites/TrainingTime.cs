namespace CircuitGrid.Models.Suites;

/// <summary>How far a checkpoint's training has come, stages before its own included.</summary>
/// <param name="Steps">Optimizer steps, or whatever else the checkpoints are numbered by.</param>
/// <param name="Tokens">Tokens seen; <see langword="null"/> where <paramref name="Known"/> is <see cref="TokensKnown.Unknown"/>.</param>
/// <param name="Known">How <paramref name="Tokens"/> is known.</param>
public readonly record struct TrainingTime(long Steps, long? Tokens, TokensKnown Known)
{
    /// <summary>The time of a training that goes on where this one has come to.</summary>
    public TrainingTime Then(TrainingTime later) => new(
        Steps + later.Steps,
        Tokens is { } before && later.Tokens is { } after ? before + after : null,
        Known > later.Known ? Known : later.Known);
}
