using System.Collections.Concurrent;
using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Experiments.Grid;

/// <summary>
/// Digests of checkpoints. A digest is noted in the store for the machine and the state of the files it was computed from, so that weights are read once;
/// where it can't be noted it is kept for the process. So is it that nothing is written in them yet. Safe for several threads.
/// </summary>
/// <param name="store">Where digests are noted.</param>
/// <param name="analyzer">Reads the weights.</param>
/// <param name="source">Looks at the files.</param>
/// <param name="options">The machine, the clock that its files' times are held against, and whether earlier notes are believed.</param>
/// <param name="sightings">How long files have been as they are; <see langword="null"/> where nobody has looked yet.</param>
public sealed class CheckpointDigests(
    ICellStore store, ICellAnalyzer analyzer, IExperimentSource source, LocalGridOptions options, FolderSightings? sightings = null)
{
    /// <summary>
    /// Files younger than this may change again within the resolution of their times without showing it, so their digest isn't kept. Their age is what their
    /// times say, or where those are still to come, how long they have been seen as they are.
    /// </summary>
    private static readonly TimeSpan Racy = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, (FolderState State, string Digest)> known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (FolderState State, UnwrittenWeightsException Fault)> unwritten = new(StringComparer.Ordinal);

    /// <summary>How long checkpoints' files have been as they are.</summary>
    public FolderSightings Sightings { get; } = sightings ?? new(options.Time);

    /// <summary>The digest that was computed while a folder's files were as they are now, or <see langword="null"/>.</summary>
    /// <exception cref="InvalidInputException">The store can't be read.</exception>
    public async Task<string?> FindAsync(string folder, CancellationToken cancellation)
    {
        if (source.StateOf(folder) is not { } state)
        {
            return null;
        }

        if (known.TryGetValue(folder, out var kept) && kept.State == state)
        {
            return kept.Digest;
        }

        return options.Rehash ? null : await store.FindDigestAsync(PlaceOf(folder), state.Text, cancellation);
    }

    /// <summary>The digest of a folder's files, read to their last byte.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="ignored">Keys of other tools' files to ignore.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="UnwrittenWeightsException">Nothing is written in its weight files yet.</exception>
    /// <exception cref="InvalidInputException">The folder can't be used. A note that can't be written is no error.</exception>
    public async Task<string> ComputeAsync(string folder, ImmutableSortedSet<string> ignored, CancellationToken cancellation)
    {
        var before = source.StateOf(folder);
        var isOld = before is not null && (Sightings.See(folder, before) > Racy || options.Time.GetUtcNow() - before.LastStamped > Racy);
        if (unwritten.TryGetValue(folder, out var kept) && kept.State == before)
        {
            throw new UnwrittenWeightsException(kept.Fault.Input, kept.Fault.Reason);
        }

        string digest;
        try
        {
            digest = await Task.Run(() => analyzer.Digest(folder, ignored, cancellation), cancellation);
        }
        catch (UnwrittenWeightsException e) when (isOld && before == source.StateOf(folder))
        {
            unwritten[folder] = (before!, e);
            throw;
        }

        if (isOld && before == source.StateOf(folder))
        {
            known[folder] = (before!, digest);
            await NoteAsync(folder, before!, digest, cancellation);
        }

        return digest;
    }

    private async Task NoteAsync(string folder, FolderState state, string digest, CancellationToken cancellation)
    {
        try
        {
            await store.SaveDigestAsync(PlaceOf(folder), state.Text, digest, cancellation);
        }
        catch (InvalidInputException)
        {
            // a full disk, a store that may only be read: the next process computes it anew
        }
    }

    /// <summary>
    /// Machines with copies of their own have the same folders in other states. Notes of programs that left the machine out have another name, and stay theirs.
    /// </summary>
    private string PlaceOf(string folder) => $"{options.Machine}:{folder}";
}
