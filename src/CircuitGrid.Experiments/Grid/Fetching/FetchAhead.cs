using System.Collections.Immutable;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>
/// Fetches a run's weights in the order of its plan, some checkpoints ahead of the analysis, and removes those whose cells are done, the oldest first, when they
/// take more room than they may. Only what this program has fetched is removed.
/// </summary>
/// <param name="hub">Where weights come from and go to.</param>
/// <param name="options">How many at a time, and how much is kept.</param>
/// <param name="report">Hears of what is under way.</param>
/// <param name="time">The clock of rates.</param>
internal sealed class FetchAhead(IHub hub, FetchOptions options, Action<GridEventKind, string> report, TimeProvider time)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly List<Entry> entries = [];

    /// <summary>Weights on this machine that may be removed once they are done, the oldest first.</summary>
    private readonly List<Held> held = [];

    private TaskCompletionSource changed = New();
    private long limit = long.MaxValue;
    private int uses;
    private int waiting;
    private long lastReport = long.MinValue;

    /// <summary>Fetches until everything is here or done.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="isOpen">Whether a checkpoint still has cells to compute.</param>
    /// <param name="cancellation">Ends the transfers.</param>
    public async Task RunAsync(GridPlan plan, Func<PlannedCheckpoint, bool> isOpen, CancellationToken cancellation)
    {
        Begin(plan);
        using var slots = new SemaphoreSlim(options.AtATime);
        var transfers = new List<Task>();
        try
        {
            foreach (var entry in entries)
            {
                await slots.WaitAsync(cancellation);
                try
                {
                    await RoomAsync(entry, isOpen, cancellation);
                }
                catch
                {
                    slots.Release();
                    throw;
                }

                transfers.Add(TransferAsync(entry, isOpen, slots, cancellation));
                transfers.RemoveAll(t => t.IsCompletedSuccessfully);
            }

            await Task.WhenAll(transfers);
        }
        catch (Exception e)
        {
            // whoever waits for one of them learns why none will come
            foreach (var entry in entries)
            {
                Fail(entry, e);
            }
        }
        finally
        {
            await Task.WhenAll(transfers);
        }
    }

    /// <summary>Waits until a checkpoint's weights are here. They stay until what is returned is disposed.</summary>
    public async Task<IDisposable> UseAsync(PlannedCheckpoint checkpoint, CancellationToken cancellation)
    {
        if (Find(checkpoint) is not { } entry)
        {
            return new Use(this, entry: null);
        }

        lock (gate)
        {
            waiting++;
            entry.Users++;
            Pulse();
        }

        try
        {
            await entry.Here.Task.WaitAsync(cancellation);

            // another run on this machine may have removed them meanwhile
            foreach (var file in entry.Files)
            {
                await hub.FetchAsync(entry.Checkpoint.Snapshot, file, received: null, cancellation);
            }

            lock (gate)
            {
                waiting--;
                uses++;
            }

            return new Use(this, entry);
        }
        catch
        {
            lock (gate)
            {
                waiting--;
                entry.Users--;
                Pulse();
            }

            throw;
        }
    }

    /// <summary>Whether a checkpoint's weights aren't here any more.</summary>
    public bool IsGone(PlannedCheckpoint checkpoint) => Find(checkpoint) is { } entry && entry.Files.Any(f => !hub.IsHere(entry.Checkpoint.Snapshot, f));

    /// <summary>Takes note that a checkpoint has no cells left: its weights may go.</summary>
    public void Done(PlannedCheckpoint checkpoint)
    {
        lock (gate)
        {
            if (Find(checkpoint) is { } entry)
            {
                entry.IsDone = true;
                Trim(needed: 0);
                Pulse();
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Entry? Find(PlannedCheckpoint checkpoint)
    {
        lock (gate)
        {
            return entries.Find(e => e.Planned.Step == checkpoint.Step && string.Equals(e.Planned.Model.Name, checkpoint.Model.Name, StringComparison.Ordinal));
        }
    }

    private void Begin(GridPlan plan)
    {
        lock (gate)
        {
            foreach (var checkpoint in plan.Checkpoints.Where(c => c is { Hub: not null, Weights: not null }))
            {
                var files = checkpoint.Hub!.FilesOf(checkpoint.Weights!.Value);
                var entry = new Entry(checkpoint, checkpoint.Hub, files) { IsDone = !checkpoint.HasWork };
                if (checkpoint.HasWork)
                {
                    entries.Add(entry);
                }

                foreach (var file in files.Where(f => hub.IsHere(checkpoint.Hub.Snapshot, f) && hub.IsFetched(checkpoint.Hub.Snapshot.Repository, f)))
                {
                    Hold(entry, file);
                }
            }

            if (entries.Count > 0)
            {
                limit = options.Limit(hub.FreeBytes, held.Sum(h => h.File.Size), entries.Max(e => e.Bytes));
                Trim(needed: 0);
            }
        }
    }

    private void Hold(Entry entry, HubFile file)
    {
        if (held.Find(h => h.Is(entry, file)) is { } known)
        {
            known.For.Add(entry);
        }
        else
        {
            held.Add(new(entry.Checkpoint.Snapshot.Repository, file) { For = { entry } });
        }
    }

    /// <summary>Waits until there is room for a checkpoint, or the run stands still for want of it.</summary>
    private async Task RoomAsync(Entry entry, Func<PlannedCheckpoint, bool> isOpen, CancellationToken cancellation)
    {
        while (true)
        {
            Task change;
            lock (gate)
            {
                if (!isOpen(entry.Planned))
                {
                    entry.IsDone = true;
                    return;
                }

                var needed = entry.Files.Where(f => !held.Exists(h => h.Is(entry, f)) && !hub.IsHere(entry.Checkpoint.Snapshot, f)).Sum(f => f.Size);
                if (Trim(needed) || (uses == 0 && entry.Users > 0))
                {
                    foreach (var file in entry.Files.Where(f => hub.IsFetched(entry.Checkpoint.Snapshot.Repository, f) || !hub.IsHere(entry.Checkpoint.Snapshot, f)))
                    {
                        Hold(entry, file);
                    }

                    return;
                }

                change = changed.Task;
            }

            await change.WaitAsync(cancellation);
        }
    }

    /// <summary>Removes what is done, the oldest first, until there is room.</summary>
    /// <returns>Whether there is.</returns>
    private bool Trim(long needed)
    {
        var taken = held.Sum(h => h.File.Size);
        foreach (var old in held.Where(h => h.For.TrueForAll(e => e is { IsDone: true, Users: 0 })).ToList())
        {
            if (taken + needed <= limit)
            {
                break;
            }

            if (hub.Remove(old.Repository, old.File))
            {
                taken -= old.File.Size;
            }

            held.Remove(old);
        }

        return taken + needed <= limit;
    }

    private async Task TransferAsync(Entry entry, Func<PlannedCheckpoint, bool> isOpen, SemaphoreSlim slots, CancellationToken cancellation)
    {
        try
        {
            if (isOpen(entry.Planned))
            {
                var progress = new Transfer(entry, time.GetTimestamp());
                var missing = entry.Files.Where(f => !hub.IsHere(entry.Checkpoint.Snapshot, f)).ToArray();
                foreach (var file in missing)
                {
                    await hub.FetchAsync(entry.Checkpoint.Snapshot, file, new Received(this, progress, file), cancellation);
                }

                if (missing.Length > 0)
                {
                    report(GridEventKind.Fetched, $"{entry.Planned.Name}: {ByteCount.Of(missing.Sum(f => f.Size))} at {Rate(progress, missing.Sum(f => f.Size))}");
                }
            }

            entry.Here.TrySetResult();
        }
        catch (Exception e)
        {
            Fail(entry, e);
        }
        finally
        {
            slots.Release();
        }
    }

    private static void Fail(Entry entry, Exception e)
    {
        entry.Here.TrySetException(e);

        // seen by whoever uses it, if anybody does
        _ = entry.Here.Task.Exception;
    }

    private void Report(Transfer transfer, HubFile file, long ofFile)
    {
        long received;
        lock (gate)
        {
            transfer.Received[file.Path] = ofFile;
            received = transfer.Received.Values.Sum();
            var now = time.GetTimestamp();
            if (lastReport != long.MinValue && time.GetElapsedTime(lastReport, now) < ReportInterval)
            {
                return;
            }

            lastReport = now;
        }

        report(GridEventKind.Fetching, $"{transfer.Entry.Planned.Name}: {ByteCount.Of(received, transfer.Entry.Bytes)} at {Rate(transfer, received)}; {(waiting > 0 && uses == 0 ? "the run waits for it" : "behind the analysis")}");
    }

    private string Rate(Transfer transfer, long received)
    {
        var seconds = time.GetElapsedTime(transfer.Began).TotalSeconds;
        return $"{ByteCount.Of((long)(seconds > 0 ? received / seconds : 0))}/s";
    }

    private void Pulse()
    {
        changed.TrySetResult();
        changed = New();
    }

    private void End(Entry? entry)
    {
        lock (gate)
        {
            if (entry is not null)
            {
                uses--;
                entry.Users--;
                Trim(needed: 0);
                Pulse();
            }
        }
    }

    private sealed class Entry(PlannedCheckpoint planned, HubCheckpoint checkpoint, ImmutableArray<HubFile> files)
    {
        public PlannedCheckpoint Planned => planned;

        public HubCheckpoint Checkpoint => checkpoint;

        public ImmutableArray<HubFile> Files => files;

        public long Bytes { get; } = files.Sum(f => f.Size);

        public TaskCompletionSource Here { get; } = New();

        public bool IsDone { get; set; }

        public int Users { get; set; }
    }

    private sealed record Held(HubRepositoryFolder Repository, HubFile File)
    {
        public List<Entry> For { get; } = [];

        public bool Is(Entry entry, HubFile file) => entry.Checkpoint.Snapshot.Repository == Repository && string.Equals(file.Digest, File.Digest, StringComparison.Ordinal);
    }

    private sealed record Transfer(Entry Entry, long Began)
    {
        public Dictionary<string, long> Received { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Received(FetchAhead owner, Transfer transfer, HubFile file) : IProgress<long>
    {
        public void Report(long value) => owner.Report(transfer, file, value);
    }

    private sealed class Use(FetchAhead owner, Entry? entry) : IDisposable
    {
        private Entry? left = entry;

        public void Dispose() => owner.End(Interlocked.Exchange(ref left, null));
    }
}
