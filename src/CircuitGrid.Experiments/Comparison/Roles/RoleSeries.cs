using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison.Onsets;

namespace CircuitGrid.Experiments.Comparison.Roles;

/// <summary>The scores of a role at every checkpoint of a model, and what follows from them.</summary>
internal sealed class RoleSeries
{
    private readonly HeadRole role;
    private readonly IReadOnlyList<RoleCheckpoint> checkpoints;
    private readonly BootstrapOptions? options;
    private readonly HeadSamples?[] samples;
    private readonly int[]?[] inCircuit;
    private readonly TrainingMoment[] moments;
    private readonly Interval?[] sumIntervals;
    private readonly double wanted;

    public RoleSeries(HeadRole role, IReadOnlyList<RoleCheckpoint> checkpoints, BootstrapOptions? options)
    {
        (this.role, this.checkpoints, this.options) = (role, checkpoints, options);
        samples = [.. checkpoints.Select(c => c.Scores.Samples)];
        inCircuit = [.. checkpoints.Select(c => c.InCircuit?.Indices().ToArray())];
        moments = [.. checkpoints.Select(c => new TrainingMoment(c.Step, c.Tokens))];
        Scores = [.. checkpoints.Select(c => c.Scores.Values.Select(s => RoleTrajectory.Shown(role, s)).ToArray())];
        wanted = Rise.Share * Scores.Max(s => s.Max());
        Sets = [.. Scores.Select(s => BitMask.Of([.. s.Select(x => wanted > 0 && x >= wanted)]))];
        Sums = [.. inCircuit.Select((heads, t) => heads?.Sum(h => Scores[t][h]) ?? double.NaN)];
        LargestSum = Sums.Where(s => !double.IsNaN(s)).DefaultIfEmpty().Max();
        sumIntervals = [.. Along(Around)];
    }

    /// <summary>Scores as figures show them, [checkpoints][L·H].</summary>
    public double[][] Scores { get; }

    /// <summary>Heads that have the role, [checkpoints].</summary>
    public BitMask[] Sets { get; }

    /// <summary>Sums over the heads in the circuit, [checkpoints]; not a number where there is no result for the task.</summary>
    public double[] Sums { get; }

    /// <summary>The largest of these; 0 where there is none.</summary>
    public double LargestSum { get; }

    /// <summary>Units that all checkpoints were measured on; 0 where they differ, as with a tokenizer that makes other inputs, or aren't known.</summary>
    private int Units => samples.All(s => s?.Units == samples[0]?.Units) ? samples[0]?.Units ?? 0 : 0;

    public HeadIndex Index(int head) => new(head / checkpoints[0].Scores.Heads, head % checkpoints[0].Scores.Heads);

    /// <summary>The runs of every head.</summary>
    public ImmutableArray<RoleRun> Runs() =>
    [
        .. Enumerable.Range(0, Scores[0].Length).SelectMany(head =>
            TrainingRun.Of(Onset.Of([.. Along(t => PresenceOf(t, head))]), moments).Select(run => new RoleRun(Index(head), IsCandidate(head), run))),
    ];

    /// <summary>Of the heads that are in a circuit at some checkpoint, the one whose run begins first, or else the one of the highest score.</summary>
    public int? FirstHead(ImmutableArray<RoleRun> runs)
    {
        if (runs.Where(r => r.IsInCircuit).MinBy(r => r.Run.By.Tokens) is { } first)
        {
            return (first.Head.Layer * checkpoints[0].Scores.Heads) + first.Head.Head;
        }

        var highest = Enumerable.Range(0, Scores[0].Length).Where(IsCandidate).Select(head => (Head: head, Score: Scores.Max(s => s[head]))).DefaultIfEmpty().MaxBy(h => h.Score);
        return highest.Score > 0 ? highest.Head : null;
    }

    /// <summary>The onset of a head's score; of nothing without one.</summary>
    public TrainingOnset OnsetOf(int? head)
    {
        double[] tokens = [.. moments.Select(m => m.Tokens)];
        return head is not { } h
            ? new([], null, HasIntervals: false, None)
            : TrainingOnset.Of(
                moments,
                [.. Along(t => PresenceOf(t, h))],
                Along(t => ScoreInterval(t, h) is not null).All(known => known),
                Rise.Of(tokens, [.. Scores.Select(s => s[h])], Units, (t, drawn) => RoleTrajectory.Shown(role, samples[t]!.Ratio(h, drawn)), options));
    }

    /// <summary>The onset of the circuit's sum, over the checkpoints that have a result for the task.</summary>
    public TrainingOnset CircuitOnset()
    {
        int[] known = [.. Enumerable.Range(0, checkpoints.Count).Where(t => inCircuit[t] is not null)];
        return known.Length == 0
            ? new([], null, HasIntervals: false, None)
            : TrainingOnset.Of(
                [.. known.Select(t => moments[t])],
                [.. known.Select(t => PresenceOf(SumInterval(t), Sums[t]))],
                known.All(t => SumInterval(t) is not null),
                Rise.Of([.. known.Select(t => moments[t].Tokens)], [.. known.Select(t => Sums[t])], Units, (t, drawn) => Sum(known[t], drawn), options));
    }

    /// <summary>95 % interval of a checkpoint's sum; <see langword="null"/> where there is nothing to resample.</summary>
    public Interval? SumInterval(int t) => sumIntervals[t];

    /// <summary>How many heads have the role surely and possibly; <see langword="null"/> where there are no samples.</summary>
    public (int Surely, int Possibly)? HeadCounts(int t)
    {
        if (samples[t] is not { Units: > 1 } known)
        {
            return null;
        }

        var (surely, possibly) = (0, 0);
        for (var head = 0; head < known.Heads && wanted > 0; head++)
        {
            var (low, high) = HeadScoreInterval.Linear(known, head);
            surely += Sets[t][head] && low >= wanted ? 1 : 0;
            possibly += Sets[t][head] || high >= wanted ? 1 : 0;
        }

        return (surely, possibly);
    }

    private static Rise None => new(double.NaN, LogisticFit.Of([], []), null);

    private static Presence PresenceOf(Interval? interval, double value) => Presences.Of(interval ?? new(value, value), RoleTrajectory.Threshold);

    private Presence PresenceOf(int t, int head) => PresenceOf(ScoreInterval(t, head), Scores[t][head]);

    private Interval? ScoreInterval(int t, int head) => samples[t] is { Units: > 1 } known ? HeadScoreInterval.Linear(known, head) : null;

    private Interval? Around(int t)
    {
        if (inCircuit[t] is null || samples[t] is not { } known)
        {
            return null;
        }

        var interval = HeadScoreInterval.Of(known.Units, drawn => Sum(t, drawn), options);
        return double.IsNaN(interval.Low) ? null : interval;
    }

    private double Sum(int t, int[] drawn) => inCircuit[t]!.Sum(h => RoleTrajectory.Shown(role, samples[t]!.Ratio(h, drawn)));

    private IEnumerable<T> Along<T>(Func<int, T> value) => Enumerable.Range(0, checkpoints.Count).Select(value);

    /// <summary>Whether a head is in a circuit at some checkpoint; where there are no circuits at all, every head counts.</summary>
    private bool IsCandidate(int head) => inCircuit.All(c => c is null) || inCircuit.Any(c => c is not null && c.Contains(head));
}
