using System.Collections.Immutable;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;
using Microsoft.Extensions.Options;

namespace CircuitGrid.Grains.Silos;

/// <summary>
/// The weights that a silo's jobs had fetched from the hub. What no job uses any more goes when there is too much of it, the longest unused first, and only what this
/// program has fetched. Other silos of the machine share the files and don't ask: whoever finds one gone fetches it again.
/// </summary>
internal sealed class FetchedWeights(IExperimentSource source, IOptions<ClusterOptions> options) : IDisposable
{
    private readonly Lock gate = new();

    /// <summary>Whoever came first gets room first.</summary>
    private readonly SemaphoreSlim door = new(1);

    /// <summary>Checkpoints are fetched so many at a time, in the order in which they came: the first is here sooner, and the line is never idle between two.</summary>
    private readonly SemaphoreSlim transfers = new(options.Value.Fetching.AtATime);

    /// <summary>Files of this silo's jobs, the longest unused first.</summary>
    private readonly List<Held> held = [];
    private TaskCompletionSource changed = New();
    private long largest;
    private int uses;

    /// <summary>Waits until there is room for a checkpoint's weights. They stay until what is returned is disposed, as far as this silo is concerned.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="kind">Which of its weights.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CircuitGrid.Compute.InvalidInputException">A file that isn't used any more can't be removed.</exception>
    public async Task<Use> UseAsync(HubCheckpoint checkpoint, WeightKind kind, CancellationToken cancellation)
    {
        var use = new Use(this, checkpoint.Snapshot, checkpoint.FilesOf(kind));
        await door.WaitAsync(cancellation);
        try
        {
            while (!TryHold(use, out var change))
            {
                await change.WaitAsync(cancellation);
            }
        }
        finally
        {
            door.Release();
        }

        return use;
    }

    public void Dispose()
    {
        door.Dispose();
        transfers.Dispose();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the files into use where there is room for what is missing, or nothing else is in use.</summary>
    private bool TryHold(Use use, out Task change)
    {
        lock (gate)
        {
            change = changed.Task;
            largest = Math.Max(largest, use.Bytes);
            var missing = use.Files.Where(f => !source.Hub.IsHere(use.Snapshot, f)).ToArray();
            if (!Trim(missing.Sum(f => f.Size)) && uses > 0)
            {
                return false;
            }

            uses++;
            foreach (var file in use.Files.Where(f => missing.Contains(f) || source.Hub.IsFetched(use.Snapshot.Repository, f)))
            {
                var known = held.Find(h => h.Is(use.Snapshot, file)) ?? new Held(use.Snapshot.Repository, file);
                held.Remove(known);
                held.Add(known);
                known.Users.Add(use);
            }

            return true;
        }
    }

    /// <summary>Removes what nobody uses, the longest unused first, until there is room.</summary>
    /// <returns>Whether there is.</returns>
    private bool Trim(long needed)
    {
        var taken = held.Sum(h => h.File.Size);
        var limit = options.Value.Fetching.Limit(source.Hub.FreeBytes, taken, largest);
        foreach (var old in held.Where(h => h.Users.Count == 0).ToList())
        {
            if (taken <= limit - needed)
            {
                break;
            }

            source.Hub.Remove(old.Repository, old.File);
            held.Remove(old);
            taken -= old.File.Size;
        }

        return taken <= limit - needed;
    }

    private void End(Use use)
    {
        lock (gate)
        {
            uses--;
            foreach (var file in held.Where(h => h.Users.Remove(use)).ToList())
            {
                held.Remove(file);
                if (source.Hub.IsHere(use.Snapshot, file.File))
                {
                    held.Add(file);
                }
            }

            changed.TrySetResult();
            changed = New();
            Trim(needed: 0);
        }
    }

    /// <summary>A checkpoint's weights in use.</summary>
    public sealed class Use(FetchedWeights owner, HubSnapshot snapshot, ImmutableArray<HubFile> files) : IDisposable
    {
        private readonly SemaphoreSlim turns = owner.transfers;
        private FetchedWeights? owner = owner;

        public HubSnapshot Snapshot => snapshot;

        public ImmutableArray<HubFile> Files => files;

        public long Bytes { get; } = files.Sum(f => f.Size);

        /// <summary>Whether all files are on this machine.</summary>
        public bool IsHere(IHub hub) => files.All(f => hub.IsHere(snapshot, f));

        /// <summary>Brings what is missing to this machine.</summary>
        /// <param name="hub">Where it comes from.</param>
        /// <param name="received">Hears of the bytes that are here of those that were missing.</param>
        /// <param name="cancellation">Ends the transfer.</param>
        public async Task FetchAsync(IHub hub, Action<FetchProgress> received, CancellationToken cancellation)
        {
            if (IsHere(hub))
            {
                return;
            }

            await turns.WaitAsync(cancellation);
            try
            {
                var missing = files.Where(f => !hub.IsHere(snapshot, f)).ToArray();
                var (before, whole) = (0L, missing.Sum(f => f.Size));
                foreach (var file in missing)
                {
                    var start = before;
                    await hub.FetchAsync(snapshot, file, new Heard(bytes => received(new(start + bytes, whole, IsEnded: false))), cancellation);
                    before += file.Size;
                }

                received(new(whole, whole, IsEnded: true));
            }
            finally
            {
                turns.Release();
            }
        }

        public void Dispose() => Interlocked.Exchange(ref owner, null)?.End(this);
    }

    private sealed record Held(HubRepositoryFolder Repository, HubFile File)
    {
        public HashSet<Use> Users { get; } = [];

        public bool Is(HubSnapshot snapshot, HubFile file) => snapshot.Repository == Repository && string.Equals(file.Digest, File.Digest, StringComparison.Ordinal);
    }

    private sealed class Heard(Action<long> hear) : IProgress<long>
    {
        public void Report(long value) => hear(value);
    }
}
