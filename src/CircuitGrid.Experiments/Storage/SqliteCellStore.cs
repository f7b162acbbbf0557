using CircuitGrid.Circuits.Heads;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Experiments.Storage;

/// <summary>
/// A store in one SQLite file. Write-ahead logging makes every finished transaction survive a killed process. <c>synchronous = NORMAL</c>
/// spares each of them the flush that only a power cut calls for, which at worst takes the last results away, never the file. A store that may only be read
/// gives all that it has and keeps nothing.
/// </summary>
public sealed partial class SqliteCellStore : ICellStore, ICellClaims
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private bool isDisposed;
    private readonly TimeProvider time;
    private SqliteConnection connection;
    private ReadOnlyConnection? reading;
    private bool hasTransfers;
    private bool hasNotes;

    /// <param name="path">The file.</param>
    /// <param name="connection">To it.</param>
    /// <param name="reading">What the connection is of where the store can't be written.</param>
    /// <param name="time">Clock of claims.</param>
    private SqliteCellStore(string path, SqliteConnection connection, ReadOnlyConnection? reading, TimeProvider time)
    {
        Location = path;
        IsReadOnly = reading is not null;
        this.connection = connection;
        this.reading = reading;
        this.time = time;
        hasTransfers = SqliteSchema.HasTransfers(connection);
        hasNotes = SqliteSchema.HasNotes(connection);
    }

    public string Location { get; }

    /// <summary>Whether the store can only be read: everything that would change it throws.</summary>
    public bool IsReadOnly { get; }

    public Task<IReadOnlySet<CellKey>> FindAsync(IReadOnlyCollection<CellKey> keys, CancellationToken cancellation = default) => RunAsync<IReadOnlySet<CellKey>>(
        () =>
        {
            using var command = Command("SELECT 1 FROM cells WHERE key = $key");
            var parameter = command.Parameters.Add("$key", SqliteType.Text);
            var found = new HashSet<CellKey>();
            foreach (var key in keys)
            {
                parameter.Value = key.Value;
                if (command.ExecuteScalar() is not null)
                {
                    found.Add(key);
                }
            }

            return found;
        },
        cancellation);

    public async Task<CellResult?> ReadAsync(CellKey key, CancellationToken cancellation = default) =>
        await ReadBytesAsync(key, cancellation) is not { } bytes || HeadScoresCodec.IsHeadScores(bytes)
            ? null
            : await DecodeAsync(key, () => CellResultCodec.Decode(bytes, NameOf(key)), CellResultCodec.IsOfNewerVersion(bytes), cancellation);

    public async Task<HeadScores?> ReadHeadsAsync(CellKey key, CancellationToken cancellation = default) =>
        await ReadBytesAsync(key, cancellation) is { } bytes && HeadScoresCodec.IsHeadScores(bytes)
            ? await DecodeAsync(key, () => HeadScoresCodec.Decode(bytes, NameOf(key)), HeadScoresCodec.IsOfNewerVersion(bytes), cancellation)
            : null;

    public Task<Provenance?> ReadProvenanceAsync(CellKey key, CancellationToken cancellation = default) => RunAsync(
        () =>
        {
            using var command = Command("SELECT seconds, load_seconds, work, threads, host, device, program, started, finished FROM cells WHERE key = $key", ("$key", key.Value));
            using var row = command.ExecuteReader();
            return row.Read()
                ? new Provenance
                {
                    Seconds = row.GetDouble(0),
                    LoadSeconds = row.GetDouble(1),
                    Work = row.GetDouble(2),
                    Threads = row.GetInt32(3),
                    Host = row.GetString(4),
                    Device = row.GetString(5),
                    Program = row.GetString(6),
                    Started = Time(row.GetString(7)),
                    Finished = Time(row.GetString(8)),
                }
                : null;
        },
        cancellation);

    public Task SaveAsync(CellId id, CellFingerprint fingerprint, CellResult result, Provenance provenance, CancellationToken cancellation = default) =>
        SaveAsync(id, fingerprint, CellResultCodec.Encode(result), () => InsertCell(fingerprint.Key, result, provenance), cancellation);

    public Task SaveHeadsAsync(CellId id, CellFingerprint fingerprint, HeadScores scores, Provenance provenance, CancellationToken cancellation = default) =>
        SaveAsync(id, fingerprint, HeadScoresCodec.Encode(scores), () => InsertHeads(fingerprint.Key, provenance), cancellation);

    public Task NameAsync(CellId id, CellFingerprint fingerprint, CancellationToken cancellation = default) =>
        WriteAsync(() => InsertName(id, fingerprint), cancellation);

    public Task<IReadOnlyList<CellFingerprint>> HistoryAsync(CellId id, CancellationToken cancellation = default) => RunAsync<IReadOnlyList<CellFingerprint>>(
        () =>
        {
            using var command = Command(
                "SELECT model_digest, examples_digest, analysis, numerics, algorithm FROM names WHERE suite = $suite AND model = $model AND step = $step AND task = $task ORDER BY sequence DESC",
                Parameters(id));
            using var row = command.ExecuteReader();
            var history = new List<CellFingerprint>();
            while (row.Read())
            {
                history.Add(new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4)));
            }

            return history;
        },
        cancellation);

    public Task SaveFailureAsync(CellId id, CellFingerprint fingerprint, string reason, CancellationToken cancellation = default) => WriteAsync(
        () =>
        {
            Execute(
                """
                INSERT INTO failures VALUES ($key, $suite, $model, $step, $task, $reason, 1, $last)
                ON CONFLICT (key) DO UPDATE SET reason = excluded.reason, attempts = attempts + 1, last = excluded.last
                """,
                [.. Parameters(id), ("$key", fingerprint.Key.Value), ("$reason", reason), ("$last", Text(time.GetUtcNow()))]);
            Execute("DELETE FROM claims WHERE key = $key", ("$key", fingerprint.Key.Value));
        },
        cancellation);

    public Task<CellFailure?> ReadFailureAsync(CellKey key, CancellationToken cancellation = default) => RunAsync(
        () =>
        {
            using var command = Command("SELECT reason, attempts, last FROM failures WHERE key = $key", ("$key", key.Value));
            using var row = command.ExecuteReader();
            return row.Read() ? new CellFailure(row.GetString(0), row.GetInt32(1), Time(row.GetString(2))) : null;
        },
        cancellation);

    public Task<double?> ReadTransferAsync(CellKey circuit, CellKey place, CancellationToken cancellation = default) => RunAsync(
        () =>
        {
            if (!hasTransfers)
            {
                return null;
            }

            using var command = Command("SELECT faithfulness FROM transfers WHERE circuit = $circuit AND place = $place", ("$circuit", circuit.Value), ("$place", place.Value));
            return (double?)command.ExecuteScalar();
        },
        cancellation);

    public Task SaveTransferAsync(CellKey circuit, CellKey place, double faithfulness, CancellationToken cancellation = default) => WriteAsync(
        () => Execute(
            "INSERT OR IGNORE INTO transfers VALUES ($circuit, $place, $faithfulness)", ("$circuit", circuit.Value), ("$place", place.Value), ("$faithfulness", faithfulness)),
        cancellation);

    public Task<IReadOnlyList<CellTiming>> TimingsAsync(CancellationToken cancellation = default) => RunAsync<IReadOnlyList<CellTiming>>(
        () =>
        {
            using var command = Command("SELECT DISTINCT model, task, analysis, key, work, threads, seconds FROM names JOIN cells USING (key) ORDER BY key");
            using var row = command.ExecuteReader();
            var timings = new List<CellTiming>();
            while (row.Read())
            {
                timings.Add(new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetDouble(4), row.GetInt32(5), row.GetDouble(6)));
            }

            return timings;
        },
        cancellation);

    public Task<string?> FindDigestAsync(string place, string state, CancellationToken cancellation = default) => RunAsync(
        () =>
        {
            using var command = Command("SELECT digest FROM digests WHERE folder = $folder AND state = $state", ("$folder", place), ("$state", state));
            return (string?)command.ExecuteScalar();
        },
        cancellation);

    public Task SaveDigestAsync(string place, string state, string digest, CancellationToken cancellation = default) => WriteAsync(
        () => Execute("INSERT OR REPLACE INTO digests VALUES ($folder, $state, $digest)", ("$folder", place), ("$state", state), ("$digest", digest)),
        cancellation);

    public void Dispose()
    {
        if (isDisposed || !gate.Wait(TimeSpan.Zero))
        {
            // a call that was given up waits for a lock; the end of the process closes the file
            return;
        }

        isDisposed = true;
        connection.Dispose();
        reading?.Dispose();
        gate.Dispose();
    }

    private Task SaveAsync(CellId id, CellFingerprint fingerprint, byte[] bytes, Action insertCell, CancellationToken cancellation) => WriteAsync(
        () =>
        {
            insertCell();
            Execute("INSERT OR IGNORE INTO results VALUES ($key, $bytes)", ("$key", fingerprint.Key.Value), ("$bytes", bytes));
            InsertName(id, fingerprint);
            Execute("DELETE FROM failures WHERE key = $key", ("$key", fingerprint.Key.Value));
            Execute("DELETE FROM claims WHERE key = $key", ("$key", fingerprint.Key.Value));
        },
        cancellation);

    private string NameOf(CellKey key) => $"{Location}: result {key.Value[..12]}";

    private Task<byte[]?> ReadBytesAsync(CellKey key, CancellationToken cancellation) => RunAsync(
        () =>
        {
            using var command = Command("SELECT bytes FROM results WHERE key = $key", ("$key", key.Value));
            return (byte[]?)command.ExecuteScalar();
        },
        cancellation);

    /// <summary>Decodes a result; takes it out of the store where it is damaged and the store can be written.</summary>
    private async Task<T> DecodeAsync<T>(CellKey key, Func<T> decode, bool isOfNewerVersion, CancellationToken cancellation)
    {
        try
        {
            return decode();
        }
        catch (InvalidInputException e) when (!isOfNewerVersion && IsReadOnly)
        {
            throw new InvalidInputException(e.Input, e.Reason + "; it stays in the store, which can only be read here", e);
        }
        catch (InvalidInputException e) when (!isOfNewerVersion)
        {
            await WriteAsync(
                () =>
                {
                    Execute("DELETE FROM results WHERE key = $key", ("$key", key.Value));
                    Execute("DELETE FROM cells WHERE key = $key", ("$key", key.Value));
                },
                cancellation);
            throw new InvalidInputException(e.Input, e.Reason + "; it has been taken out of the store: run the experiment again to compute it anew", e);
        }
    }
}
