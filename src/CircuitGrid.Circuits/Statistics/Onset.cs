using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// When something that is measured with noise appears in a series of checkpoints, and whether it stays. It appears between two checkpoints, so that an onset is
/// an interval: after the last checkpoint that is without, at or before the first that is with.
/// </summary>
/// <param name="Runs">
/// The runs that last, in order. A run begins at a checkpoint that is <see cref="Presence.With"/>; what is <see cref="Presence.Undetermined"/>, a dip inside
/// noise, doesn't end it, <see cref="Presence.Without"/> does. It lasts if <see cref="RunLength"/> of its checkpoints are with; where the series ends before,
/// <see cref="ShortestRun"/> are enough, and all where the series has fewer.
/// </param>
/// <param name="LastWithout">The last checkpoint of the series that is without; <see langword="null"/> where none is.</param>
public sealed record Onset(ImmutableArray<OnsetRun> Runs, int? LastWithout)
{
    /// <summary>Checkpoints that must show something before it counts as there.</summary>
    public const int RunLength = 3;

    /// <summary>How many of these are enough where the series ends before there are more.</summary>
    public const int ShortestRun = 2;

    /// <summary>The onset of a series, [checkpoints] by their order in training.</summary>
    public static Onset Of(IReadOnlyList<Presence> series)
    {
        var runs = ImmutableArray.CreateBuilder<OnsetRun>();
        (int? without, OnsetRun? run) = (null, null);
        for (var t = 0; t < series.Count; t++)
        {
            switch (series[t])
            {
                case Presence.With:
                    run = run is { } going ? going with { Shown = going.Shown + 1 } : new OnsetRun(without, t, 1, null);
                    break;
                case Presence.Without:
                    if (run is { Shown: >= RunLength } lost)
                    {
                        runs.Add(lost with { LostAt = t });
                    }

                    (without, run) = (t, null);
                    break;
            }
        }

        if (run is { } last && last.Shown >= Math.Min(ShortestRun, series.Count))
        {
            runs.Add(last);
        }

        return new(runs.ToImmutable(), without);
    }
}
