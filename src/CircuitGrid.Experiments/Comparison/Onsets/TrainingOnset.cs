using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Experiments.Comparison.Onsets;

/// <summary>When something appears along a model's training (docs/method.md, training and scale).</summary>
/// <param name="Runs">The runs of checkpoints through which it lasts, in order; none where it isn't seen to.</param>
/// <param name="LastWithout">The last checkpoint of all that is without it; <see langword="null"/> where none is.</param>
/// <param name="HasIntervals">Whether every checkpoint's value has an interval; where one has none, its value alone is held against the threshold.</param>
/// <param name="Rise">How the series rises: what stands beside the onset.</param>
public sealed record TrainingOnset(ImmutableArray<TrainingRun> Runs, TrainingMoment? LastWithout, bool HasIntervals, Rise Rise)
{
    /// <summary>The first run; <see langword="null"/> where it isn't seen to last.</summary>
    public TrainingRun? First => Runs.FirstOrDefault();

    /// <summary>The last checkpoint that is without, before the first run or of all.</summary>
    public TrainingMoment? After => First is { } first ? first.After : LastWithout;

    /// <summary>The run after one that was lost.</summary>
    public TrainingRun? Second => Runs.Length > 1 ? Runs[1] : null;

    /// <summary>The onset of a series.</summary>
    /// <param name="checkpoints">The checkpoints, in order.</param>
    /// <param name="series">What each checkpoint is, [checkpoints].</param>
    /// <param name="hasIntervals">Whether intervals say so at each.</param>
    /// <param name="rise">How the series rises.</param>
    public static TrainingOnset Of(IReadOnlyList<TrainingMoment> checkpoints, IReadOnlyList<Presence> series, bool hasIntervals, Rise rise)
    {
        var onset = Onset.Of(series);
        return new(TrainingRun.Of(onset, checkpoints), onset.LastWithout is { } last ? checkpoints[last] : null, hasIntervals, rise);
    }
}
