using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Experiments.Comparison.Onsets;

/// <summary>A checkpoint's place in training.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Tokens">Tokens seen.</param>
public readonly record struct TrainingMoment(int Step, double Tokens);

/// <summary>Checkpoints of a model through which something lasts (<see cref="OnsetRun"/>).</summary>
/// <param name="After">The last checkpoint without it before; <see langword="null"/> where there is none: it came at or before <paramref name="By"/>.</param>
/// <param name="By">The first checkpoint with it.</param>
/// <param name="Shown">How many checkpoints show it.</param>
/// <param name="LostAt">The checkpoint without it that ends the run; <see langword="null"/> where it reaches the end.</param>
public sealed record TrainingRun(TrainingMoment? After, TrainingMoment By, int Shown, TrainingMoment? LostAt)
{
    /// <summary>The series ends before <see cref="Onset.RunLength"/> checkpoints show it.</summary>
    public bool IsShort => Shown < Onset.RunLength;

    /// <summary>The runs of an onset over checkpoints, by their order in training.</summary>
    public static ImmutableArray<TrainingRun> Of(Onset onset, IReadOnlyList<TrainingMoment> checkpoints)
    {
        return [.. onset.Runs.Select(r => new TrainingRun(At(r.After), checkpoints[r.By], r.Shown, At(r.LostAt)))];

        TrainingMoment? At(int? place) => place is { } t ? checkpoints[t] : null;
    }
}
