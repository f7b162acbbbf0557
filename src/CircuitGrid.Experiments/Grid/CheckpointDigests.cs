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
/// weights are read once; where it can't be noted it is kept for the process. So is it that nothing is written in them yet. Weights that are equal as numbers go
/// by one digest, so that they are computed once. Safe for several threads.
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

    /// <summary>A note can be found out again: nobody waits long for a store that others have locked.</summary>
    private static readonly TimeSpan NotePatience = TimeSpan.FromSeconds(5);

    /// <summary>How long a store that took no note isn't asked to take another.</summary>
    private static readonly TimeSpan NotePause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<CheckpointFiles, (FolderState State, string Digest)> known = new();
    private readonly ConcurrentDictionary<CheckpointFiles, (FolderState State, UnwrittenWeightsException Fault)> unwritten = new();
    private readonly ConcurrentDictionary<string, bool> examined = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> firstOfNumbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> twins = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> printed = new(StringComparer.Ordinal);
    private long pausedSince;

    /// <summary>How long checkpoints' files have been as they are.</summary>
    public FolderSightings Sightings { get; } = sightings ?? new(options.Time);

    /// <summary>Takes in what other processes have found of weights as numbers.</summary>
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

        await foreach (var digest in store.NotesAsync(NoteArea.Weights, cancellation))
        {
            printed[digest] = true;
        }
    }

    /// <summary>Whether a checkpoint's weights are noted as numbers, as far as <see cref="RefreshAsync"/> and this process know.</summary>
    public bool HasPrint(string own) => printed.ContainsKey(own);

    /// <summary>What was found while a folder's files were as they are now, or <see langword="null"/>.</summary>
    /// <exception cref="InvalidInputException">The store can't be read.</exception>
    public async Task<KnownWeights?> FindAsync(CheckpointFiles files, CancellationToken cancellation)
    {
        if (StateOf(files) is not { } state)
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
    /// <exception cref="UnwrittenWeightsException">Nothing is written in its weight files yet.</exception>
    /// <exception cref="InvalidInputException">The folder can't be used. A note that can't be written is no error.</exception>
    public async Task<KnownWeights> ComputeAsync(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation)
    {
        var before = StateOf(files);
        var isOld = files.Content is not null || before is not null && (Sightings.See(files.Folder, before) > Racy || options.Time.GetUtcNow() - before.LastStamped > Racy);
        if (unwritten.TryGetValue(files, out var kept) && kept.State == before)
        {
            throw new UnwrittenWeightsException(kept.Fault.Input, kept.Fault.Reason);
        }

        CheckpointExamination examination;
        try
        {
            examination = await Task.Run(() => analyzer.Examine(files, ignored, cancellation), cancellation);
        }
        catch (UnwrittenWeightsException e) when (isOld && before == StateOf(files))
        {
            unwritten[files] = (before!, e);
            throw;
        }

        var (digest, print) = examination;
        examined[digest] = true;
        if (print is not null)
        {
            await NoteAsync(print, digest, cancellation);
        }

        if (isOld && before == StateOf(files))
        {
            known[files] = (before!, digest);
            await NoteAsync(patience => store.SaveDigestAsync(PlaceOf(files), before!.Text, digest, patience), cancellation);
        }

        return new(digest, twins.GetValueOrDefault(digest, digest));
    }

    /// <summary>A checkpoint's weights as numbers, by its own digest; <see langword="null"/> where they passed before anybody looked.</summary>
    /// <exception cref="InvalidInputException">The store can't be read.</exception>
    public async Task<WeightPrint?> ReadPrintAsync(string own, CancellationToken cancellation) =>
        await store.ReadNoteAsync(NoteArea.Weights, own, cancellation) is { } bytes && WeightPrint.TryDecode(bytes, out var print) ? print : null;

    /// <summary>Looks at weights that are in memory anyway soon, where only their digest is known: by programs that didn't look at what they are as numbers.</summary>
    /// <exception cref="InvalidInputException">The folder or the store can't be used.</exception>
    public async Task LookAsync(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation)
    {
        if (await FindAsync(files, cancellation) is { } known && examined.TryAdd(known.Own, true) && await ReadPrintAsync(known.Own, cancellation) is null)
        {
            await ComputeAsync(files, ignored, cancellation);
        }
    }

    /// <summary>Files whose digests are known never change.</summary>
    private FolderState? StateOf(CheckpointFiles files) => files.Content is { } content ? new(content, DateTimeOffset.MinValue) : source.StateOf(files.Folder);

    private async Task NoteAsync(WeightPrint print, string digest, CancellationToken cancellation)
    {
        printed[digest] = true;
        await NoteAsync(patience => store.WriteNoteAsync(NoteArea.Weights, digest, print.Encode(), patience), cancellation);
        await NoteAsync(patience => store.WriteNoteAsync(NoteArea.Numbers, print.Numbers, Encoding.ASCII.GetBytes(digest), patience), cancellation);
        var first = await store.ReadNoteAsync(NoteArea.Numbers, print.Numbers, cancellation) is { } noted ? Encoding.ASCII.GetString(noted) : firstOfNumbers.GetOrAdd(print.Numbers, digest);
        if (!string.Equals(first, digest, StringComparison.Ordinal))
        {
            twins[digest] = first;
            await NoteAsync(patience => store.WriteNoteAsync(NoteArea.Twins, digest, Encoding.ASCII.GetBytes(first), patience), cancellation);
        }
    }

    private async Task NoteAsync(Func<CancellationToken, Task> write, CancellationToken cancellation)
    {
        if (Volatile.Read(ref pausedSince) is not 0 and var since && options.Time.GetElapsedTime(since) < NotePause)
        {
            return;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(NotePatience);
        try
        {
            await write(patience.Token);
        }
        catch (Exception e) when (e is InvalidInputException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // a full disk, a store that may only be read or is locked: the next process computes it anew
            Volatile.Write(ref pausedSince, Math.Max(1, options.Time.GetTimestamp()));
        }
    }

    /// <summary>
    /// Machines with copies of their own have the same folders in other states. Notes of programs that left the machine out, or that chose otherwise among several
    /// kinds of weights, have another name, and stay theirs.
    /// </summary>
    private string PlaceOf(CheckpointFiles files)
    {
        if (files.Content is { } content)
        {
            return "files:" + content;
        }

        var kinds = CheckpointFolder.WeightKinds(files.Folder);
        return kinds.Length > 1 ? $"{options.Machine}:{files.Folder}#{(files.Kind ?? kinds[0]).FileName()}" : $"{options.Machine}:{files.Folder}";
    }
}
