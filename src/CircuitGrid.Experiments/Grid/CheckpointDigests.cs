using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Prints;

namespace CircuitGrid.Experiments.Grid;

/// <summary>
/// Digests of checkpoints, and their weights as numbers. A digest is noted in the store for the machine and the state of the files it was computed from, so that
/// weights are read once; where it can't be noted it is kept for the process. Weights that are equal as numbers go by one digest, so that they are computed
/// once. Safe for several threads.
/// </summary>
/// <param name="store">Where digests are noted.</param>
/// <param name="analyzer">Reads the weights.</param>
/// <param name="source">Looks at the files.</param>
/// <param name="options">The machine, the clock that its files' times are held against, and whether earlier notes are believed.</param>
public sealed class CheckpointDigests(ICellStore store, ICellAnalyzer analyzer, IExperimentSource source, LocalGridOptions options)
{
    /// <summary>
    /// Files younger than this may change again within the resolution of their times without showing it, so their digest isn't kept.
    /// </summary>
    private static readonly TimeSpan Racy = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<CheckpointFiles, (FolderState State, string Digest)> known = new();
    private readonly ConcurrentDictionary<string, string> firstOfNumbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> twins = new(StringComparer.Ordinal);

    /// <summary>Takes in what other processes have found to be equal as numbers.</summary>
    /// <exception cref="InvalidInputException">The store can't be read.</exception>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await foreach (var digest in store.NotesAsync(NoteArea.Twins, cancellation))
        {
            if (!twins.ContainsKey(digest) && await store.ReadNoteAsync(NoteArea.Twins, digest, cancellation) is { } first)
            {
                twins[digest] = Encoding.ASCII.GetString(first);
            }
        }
    }

    /// <summary>What was found while a folder's files were as they are now, or <see langword="null"/>.</summary>
    /// <exception cref="InvalidInputException">The store can't be read.</exception>
    public async Task<KnownWeights?> FindAsync(CheckpointFiles files, CancellationToken cancellation)
    {
        if (source.StateOf(files.Folder) is not { } state)
        {
            return null;
        }

        var digest = known.TryGetValue(files, out var kept) && kept.State == state ? kept.Digest
            : options.Rehash ? null
            : await store.FindDigestAsync(PlaceOf(files), state.Text, cancellation);
        return digest is null ? null : new(digest, twins.GetValueOrDefault(digest, digest));
    }

    /// <summary>The digest of a folder's files, read to their last byte.</summary>
    /// <param name="files">The checkpoint's files.</param>
    /// <param name="ignored">Keys of other tools' files to ignore.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="InvalidInputException">The folder can't be used, or nothing was written into its weights. A note that can't be written is no error.</exception>
    public async Task<KnownWeights> ComputeAsync(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation)
    {
        var before = source.StateOf(files.Folder);
        var (digest, print) = await Task.Run(() => analyzer.Examine(files, ignored, cancellation), cancellation);
        if (print is { IsZero: true })
        {
            throw new InvalidInputException(files.Folder, "every weight is zero: the file has its length, and nothing was written into it");
        }

        if (print is not null)
        {
            await NoteAsync(print, digest, cancellation);
        }

        if (before is not null && before == source.StateOf(files.Folder) && options.Time.GetUtcNow() - before.LastTouched > Racy)
        {
            known[files] = (before, digest);
            await NoteAsync(() => store.SaveDigestAsync(PlaceOf(files), before.Text, digest, cancellation));
        }

        return new(digest, twins.GetValueOrDefault(digest, digest));
    }

    /// <summary>A checkpoint's weights as numbers, by its own digest; <see langword="null"/> where they passed before anybody looked.</summary>
    /// <exception cref="InvalidInputException">The store can't be read.</exception>
    public async Task<WeightPrint?> ReadPrintAsync(string own, CancellationToken cancellation) =>
        await store.ReadNoteAsync(NoteArea.Weights, own, cancellation) is { } bytes && WeightPrint.TryDecode(bytes, out var print) ? print : null;

    private async Task NoteAsync(WeightPrint print, string digest, CancellationToken cancellation)
    {
        await NoteAsync(() => store.WriteNoteAsync(NoteArea.Weights, digest, print.Encode(), cancellation));
        await NoteAsync(() => store.WriteNoteAsync(NoteArea.Numbers, print.Numbers, Encoding.ASCII.GetBytes(digest), cancellation));
        var first = await store.ReadNoteAsync(NoteArea.Numbers, print.Numbers, cancellation) is { } noted ? Encoding.ASCII.GetString(noted) : firstOfNumbers.GetOrAdd(print.Numbers, digest);
        if (!string.Equals(first, digest, StringComparison.Ordinal))
        {
            twins[digest] = first;
            await NoteAsync(() => store.WriteNoteAsync(NoteArea.Twins, digest, Encoding.ASCII.GetBytes(first), cancellation));
        }
    }

    private static async Task NoteAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (InvalidInputException)
        {
            // a full disk, a store that may only be read: the next process computes it anew
        }
    }

    /// <summary>
    /// Machines with copies of their own have the same folders in other states. Notes of programs that left the machine out, or that chose otherwise among several
    /// kinds of weights, have another name, and stay theirs.
    /// </summary>
    private string PlaceOf(CheckpointFiles files)
    {
        var kinds = CheckpointFolder.WeightKinds(files.Folder);
        return kinds.Length > 1 ? $"{options.Machine}:{files.Folder}#{(files.Kind ?? kinds[0]).FileName()}" : $"{options.Machine}:{files.Folder}";
    }
}
