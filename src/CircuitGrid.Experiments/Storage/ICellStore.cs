using CircuitGrid.Circuits.Heads;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Storage;

/// <summary>
/// Where results live: immutable, addressed by content. Beside them it keeps under which names they were asked for, so that a plan can
/// say why a cell has to run, where they come from, and which cells failed. All members may be called from any thread, and throw
/// <see cref="InvalidInputException"/> where the store can't be used: damaged, full, locked for too long, or only to be read and asked to keep something.
/// </summary>
public interface ICellStore : IDisposable
{
    /// <summary>What a person calls the store: a path or an address.</summary>
    string Location { get; }

    /// <summary>
    /// Finds out whether the store answers, with something tiny. Stores that otherwise repeat what fails ask once and say what came of it, so
    /// that nobody takes their patience for an answer.
    /// </summary>
    /// <param name="writes">Whether to write too.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="InvalidInputException">It doesn't, or has lost what was written.</exception>
    async Task ProbeAsync(bool writes, CancellationToken cancellation = default)
    {
        const string place = "circuitgrid:health";
        const string state = "now";
        if (writes)
        {
            await SaveDigestAsync(place, state, nameof(ProbeAsync), cancellation);
        }

        if (await FindDigestAsync(place, state, cancellation) is null && writes)
        {
            throw new InvalidInputException(Location, "what was written isn't there");
        }
    }

    /// <summary>Which of some keys have a result.</summary>
    Task<IReadOnlySet<CellKey>> FindAsync(IReadOnlyCollection<CellKey> keys, CancellationToken cancellation = default);

    /// <summary>A task's result, or <see langword="null"/> where there is none under the key, or head scores are.</summary>
    /// <exception cref="InvalidInputException">The result is damaged. Where the store can be written it has been taken out, so that the next run computes it anew.</exception>
    Task<CellResult?> ReadAsync(CellKey key, CancellationToken cancellation = default);

    /// <summary>A checkpoint's head scores, or <see langword="null"/> where there are none under the key.</summary>
    /// <exception cref="InvalidInputException">The scores are damaged. Where the store can be written they have been taken out, so that the next run computes them anew.</exception>
    Task<HeadScores?> ReadHeadsAsync(CellKey key, CancellationToken cancellation = default);

    /// <summary>Where a result comes from, or <see langword="null"/> where there is none.</summary>
    Task<Provenance?> ReadProvenanceAsync(CellKey key, CancellationToken cancellation = default);

    /// <summary>
    /// Keeps a result under its key and the key under its name, and forgets an earlier failure, all or nothing. A result that is there
    /// already stays as it is.
    /// </summary>
    Task SaveAsync(CellId id, CellFingerprint fingerprint, CellResult result, Provenance provenance, CancellationToken cancellation = default);

    /// <summary>The same for a checkpoint's head scores, whose cell's task is <see cref="CellId.HeadsTask"/>.</summary>
    Task SaveHeadsAsync(CellId id, CellFingerprint fingerprint, HeadScores scores, Provenance provenance, CancellationToken cancellation = default);

    /// <summary>Notes that a cell is found under a key; the key it was given last is the latest of its history, new or not.</summary>
    Task NameAsync(CellId id, CellFingerprint fingerprint, CancellationToken cancellation = default);

    /// <summary>The fingerprints a cell has had so far, the latest first.</summary>
    Task<IReadOnlyList<CellFingerprint>> HistoryAsync(CellId id, CancellationToken cancellation = default);

    /// <summary>Notes that a cell couldn't be computed.</summary>
    Task SaveFailureAsync(CellId id, CellFingerprint fingerprint, string reason, CancellationToken cancellation = default);

    /// <summary>How a cell failed last, or <see langword="null"/> where it didn't.</summary>
    Task<CellFailure?> ReadFailureAsync(CellKey key, CancellationToken cancellation = default);

    /// <summary>How faithful the circuit of one cell is in another's place (<see cref="Comparison.CrossEvaluation"/>), or <see langword="null"/> where that hasn't been found out.</summary>
    Task<double?> ReadTransferAsync(CellKey circuit, CellKey place, CancellationToken cancellation = default);

    /// <summary>Keeps that; a value that is there already stays as it is.</summary>
    Task SaveTransferAsync(CellKey circuit, CellKey place, double faithfulness, CancellationToken cancellation = default);

    /// <summary>How long earlier cells took.</summary>
    Task<IReadOnlyList<CellTiming>> TimingsAsync(CancellationToken cancellation = default);

    /// <summary>The digest noted for a place while its files were as <paramref name="state"/> says, or <see langword="null"/>.</summary>
    /// <param name="place">A machine and a folder on it: <c>machine:full path</c>.</param>
    /// <param name="state">Names, lengths and times of the folder's files.</param>
    /// <param name="cancellation">Cancels the call.</param>
    Task<string?> FindDigestAsync(string place, string state, CancellationToken cancellation = default);

    /// <summary>Notes the digest of a place's files, instead of the one that was noted for it before.</summary>
    Task SaveDigestAsync(string place, string state, string digest, CancellationToken cancellation = default);

    /// <summary>A note, or <see langword="null"/> where there is none.</summary>
    /// <param name="area">What it is about.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="cancellation">Cancels the call.</param>
    Task<byte[]?> ReadNoteAsync(NoteArea area, string name, CancellationToken cancellation = default);

    /// <summary>
    /// Keeps a note. Its content follows from its name, so that one that is there already stays as it is. A store that can only be read keeps nothing and doesn't
    /// complain: what is noted can be found out again.
    /// </summary>
    /// <param name="area">What it is about.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="content">What to keep.</param>
    /// <param name="cancellation">Cancels the call.</param>
    Task WriteNoteAsync(NoteArea area, string name, ReadOnlyMemory<byte> content, CancellationToken cancellation = default);

    /// <summary>The names of all notes of an area, in ordinal order.</summary>
    IAsyncEnumerable<string> NotesAsync(NoteArea area, CancellationToken cancellation = default);
}

/// <summary>What notes in a store are about.</summary>
public enum NoteArea
{
    /// <summary>Weights as numbers (<see cref="Models.Checkpoints.Prints.WeightPrint"/>), by the digest of the checkpoint.</summary>
    Weights,

    /// <summary>The first checkpoint's digest of those that are equal as numbers, by <see cref="Models.Checkpoints.Prints.WeightPrint.Numbers"/>.</summary>
    Numbers,

    /// <summary>The digest that a checkpoint's results go by, by its own digest, where these are two: an earlier one is equal as numbers.</summary>
    Twins,
}

/// <summary>Facts about <see cref="NoteArea"/>s.</summary>
public static class NoteAreas
{
    /// <summary>An area as stores write it.</summary>
    public static string Key(this NoteArea area) => area switch
    {
        NoteArea.Weights => "weights",
        NoteArea.Numbers => "numbers",
        NoteArea.Twins => "twins",
        _ => throw new ArgumentOutOfRangeException(nameof(area)),
    };
}

/// <summary>A cell that couldn't be computed.</summary>
/// <param name="Reason">Why, in one line.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Last">When last.</param>
public sealed record CellFailure(string Reason, int Attempts, DateTimeOffset Last);

/// <summary>How long a cell took.</summary>
/// <param name="Model">Its model.</param>
/// <param name="Task">Its task.</param>
/// <param name="Analysis">Its analysis in canonical form.</param>
/// <param name="Work">Its work as <see cref="Grid.CostModel"/> counts it.</param>
/// <param name="Threads">Threads it ran on.</param>
/// <param name="Seconds">Seconds of analysis.</param>
public sealed record CellTiming(string Model, string Task, string Analysis, double Work, int Threads, double Seconds);
