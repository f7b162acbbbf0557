using System.Globalization;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Grains.Checkpoints;

namespace CircuitGrid.Grains.Experiments;

/// <summary>Tells those who follow an experiment how far its silos' transfers are: at most once a second, all of them in one sentence.</summary>
/// <param name="events">Where it is told.</param>
/// <param name="progress">How far the experiment is.</param>
/// <param name="time">The clock of rates.</param>
internal sealed class TransferNotes(EventLog events, ProgressBook progress, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Transfers under way by job, and what of each had come when it was first heard of.</summary>
    private readonly Dictionary<string, (string Checkpoint, FetchProgress Now, long First, long Since)> transfers = new(StringComparer.Ordinal);
    private long? told;

    /// <summary>Takes note of how far a job's transfer is.</summary>
    public void Hear(SentJob job, string checkpoint, FetchProgress? now)
    {
        if (now is null || now == job.Fetch)
        {
            return;
        }

        var wasEnded = job.Fetch is { IsEnded: true };
        job.Fetch = now;
        if (now.IsEnded)
        {
            transfers.Remove(job.Id);
            if (!wasEnded)
            {
                events.Add(GridEventKind.Fetched, cell: null, $"{checkpoint}: {ByteCount.Of(now.Bytes)}", progress.View());
            }

            return;
        }

        var before = transfers.TryGetValue(job.Id, out var known) ? known : (checkpoint, now, First: now.Received, Since: time.GetTimestamp());
        transfers[job.Id] = (checkpoint, now, before.First, before.Since);
        if (told is not { } at || time.GetElapsedTime(at) >= Interval)
        {
            told = time.GetTimestamp();
            events.AddPassing(GridEventKind.Fetching, Text(), progress.View());
        }
    }

    /// <summary>A job has ended, with or without its files.</summary>
    public void Forget(SentJob job) => transfers.Remove(job.Id);

    private string Text()
    {
        var all = transfers.Values.ToArray();
        var rate = all.Sum(t => time.GetElapsedTime(t.Since).TotalSeconds is > 0 and var seconds ? (t.Now.Received - t.First) / seconds : 0);
        var name = all is [var only] ? only.Checkpoint : string.Create(CultureInfo.InvariantCulture, $"{all.Length} checkpoints");
        var whose = progress.View().Running == 0 ? "the run waits for it" : "behind the analysis";
        return $"{name}: {ByteCount.Of(all.Sum(t => t.Now.Received), all.Sum(t => t.Now.Bytes))} at {ByteCount.Of((long)Math.Max(0, rate))}/s; {whose}";
    }
}
