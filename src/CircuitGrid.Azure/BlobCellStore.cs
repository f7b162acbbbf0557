using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Storage;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Azure;

/// <summary>
/// Results in Azure Blob storage, one immutable blob each, with the bytes that the SQLite store has. What belongs to a blob travels as its
/// metadata, so that keeping a result takes two requests: the result and its name. docs/formats.md has the layout.
/// </summary>
public sealed class BlobCellStore : ICellStore
{
    private const string Results = "results/";
    private const string Names = "names/";
    private const string Failures = "failures/";
    private const string Digests = "digests/";
    private const string Transfers = "transfers/";
    private const string Notes = "notes/";
    private const string Probe = "health";
    private const string NoteKey = "circuitgrid";
    private const int Conflict = 409;
    private const int PreconditionFailed = 412;
    private const int NotFound = 404;

    private static readonly BlobRequestConditions IfNew = new() { IfNoneMatch = ETag.All };

    private readonly BlobContainerClient container;
    private readonly BlobCellStoreOptions options;
    private readonly StorageCalls calls;
    private readonly TimeProvider time;
    private readonly SemaphoreSlim gate = new(1);
    private volatile bool isThere;

    private BlobCellStore(BlobContainerClient container, BlobCellStoreOptions options, TimeProvider time, ILogger logger)
    {
        this.container = container;
        this.options = options;
        this.time = time;
        Location = $"container {container.Name} at {container.Uri.Host}";
        calls = new(Location, options, time, logger);
    }

    public string Location { get; }

    /// <summary>Opens a container; it is made at the first call that needs it.</summary>
    /// <param name="service">The account. Its options should be <see cref="ClientOptions"/>, whose retries don't multiply with the store's.</param>
    /// <param name="name">The container.</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of calls that are repeated.</param>
    public static BlobCellStore Open(BlobServiceClient service, string name, BlobCellStoreOptions options, TimeProvider time, ILogger<BlobCellStore> logger) =>
        new(service.GetBlobContainerClient(name), options, time, logger);

    /// <summary>Options for the account's client.</summary>
    public static BlobClientOptions ClientOptions() => new() { Retry = { MaxRetries = 0, NetworkTimeout = TimeSpan.FromSeconds(30) } };

    /// <summary>Asks once. A container that nobody has needed yet isn't made for that, and has nothing to be written to.</summary>
    public async Task ProbeAsync(bool writes, CancellationToken cancellation = default)
    {
        var blob = container.GetBlobClient(Probe);
        if (writes && isThere)
        {
            await calls.OnceAsync(async c => await blob.UploadAsync(BinaryData.Empty, overwrite: true, c), cancellation);
        }

        var found = await calls.OnceAsync(async c => (await blob.ExistsAsync(c)).Value, cancellation);
        if (writes && isThere && !found)
        {
            throw new InvalidInputException(Location, "what was written isn't there");
        }
    }

    public async Task<IReadOnlySet<CellKey>> FindAsync(IReadOnlyCollection<CellKey> keys, CancellationToken cancellation = default)
    {
        var found = new ConcurrentDictionary<CellKey, bool>();
        if (keys.Count <= options.MostLookups)
        {
            await Parallel.ForEachAsync(keys.Distinct(), cancellation, async (key, cancel) =>
            {
                if (await DoAsync(async c => (await Result(key).ExistsAsync(c)).Value, cancel))
                {
                    found[key] = true;
                }
            });
        }
        else
        {
            var wanted = keys.ToHashSet();
            foreach (var blob in await ListAsync(Results, BlobTraits.None, int.MaxValue, cancellation))
            {
                var key = new CellKey(blob.Name[Results.Length..]);
                if (wanted.Contains(key))
                {
                    found[key] = true;
                }
            }
        }

        return found.Keys.ToHashSet();
    }

    public async Task<CellResult?> ReadAsync(CellKey key, CancellationToken cancellation = default) =>
        await ReadBytesAsync(key, cancellation) is not { } bytes || HeadScoresCodec.IsHeadScores(bytes)
            ? null
            : await DecodeAsync(key, () => CellResultCodec.Decode(bytes, NameOf(key)), CellResultCodec.IsOfNewerVersion(bytes), cancellation);

    public async Task<HeadScores?> ReadHeadsAsync(CellKey key, CancellationToken cancellation = default) =>
        await ReadBytesAsync(key, cancellation) is { } bytes && HeadScoresCodec.IsHeadScores(bytes)
            ? await DecodeAsync(key, () => HeadScoresCodec.Decode(bytes, NameOf(key)), HeadScoresCodec.IsOfNewerVersion(bytes), cancellation)
            : null;

    public async Task<Provenance?> ReadProvenanceAsync(CellKey key, CancellationToken cancellation = default) =>
        await DoAsync(c => OrNullAsync(async () => (await Result(key).GetPropertiesAsync(cancellationToken: c)).Value.Metadata), cancellation) is { } metadata
            ? Note<ResultNote>(metadata).Provenance
            : null;

    public Task SaveAsync(CellId id, CellFingerprint fingerprint, CellResult result, Provenance provenance, CancellationToken cancellation = default) =>
        SaveAsync(id, fingerprint, CellResultCodec.Encode(result), provenance, cancellation);

    public Task SaveHeadsAsync(CellId id, CellFingerprint fingerprint, HeadScores scores, Provenance provenance, CancellationToken cancellation = default) =>
        SaveAsync(id, fingerprint, HeadScoresCodec.Encode(scores), provenance, cancellation);

    public Task NameAsync(CellId id, CellFingerprint fingerprint, CancellationToken cancellation = default) =>
        DoAsync(
            c => container.GetBlobClient($"{NamesOf(id)}{fingerprint.Key}").UploadAsync(
                BinaryData.Empty, new BlobUploadOptions { Metadata = Metadata(new NameNote(id.ToString(), fingerprint, time.GetUtcNow())) }, c),
            cancellation);

    public async Task<IReadOnlyList<CellFingerprint>> HistoryAsync(CellId id, CancellationToken cancellation = default) =>
    [
        .. (await ListAsync(NamesOf(id), BlobTraits.Metadata, int.MaxValue, cancellation))
            .Select(b => Note<NameNote>(b.Metadata))
            .OrderByDescending(n => n.Named)
            .Select(n => n.Fingerprint),
    ];

    public async Task SaveFailureAsync(CellId id, CellFingerprint fingerprint, string reason, CancellationToken cancellation = default)
    {
        var before = await ReadNoteAsync<FailureNote>(Failures + fingerprint.Key, cancellation);
        await ReplaceAsync(Failures + fingerprint.Key, new FailureNote(id.ToString(), reason, (before?.Attempts ?? 0) + 1, time.GetUtcNow()), cancellation);
    }

    public async Task<CellFailure?> ReadFailureAsync(CellKey key, CancellationToken cancellation = default)
    {
        // a result forgets what failed before it
        var note = await ReadNoteAsync<FailureNote>(Failures + key, cancellation);
        return note is null || (await FindAsync([key], cancellation)).Count > 0 ? null : new(note.Reason, note.Attempts, note.Last);
    }

    public async Task<double?> ReadTransferAsync(CellKey circuit, CellKey place, CancellationToken cancellation = default) =>
        (await ReadNoteAsync<TransferNote>(TransferOf(circuit, place), cancellation))?.Faithfulness;

    public Task SaveTransferAsync(CellKey circuit, CellKey place, double faithfulness, CancellationToken cancellation = default) =>
        CreateAsync(TransferOf(circuit, place), new BinaryData(JsonSerializer.SerializeToUtf8Bytes(new TransferNote(faithfulness))), new() { Conditions = IfNew }, cancellation);

    public async Task<IReadOnlyList<CellTiming>> TimingsAsync(CancellationToken cancellation = default)
    {
        var timings = new List<CellTiming>();
        foreach (var blob in await ListAsync(Results, BlobTraits.Metadata, options.MostTimings, cancellation))
        {
            var note = Note<ResultNote>(blob.Metadata);
            timings.Add(new(note.Model, note.Task, note.Analysis, note.Provenance.Work, note.Provenance.Threads, note.Provenance.Seconds));
        }

        return timings;
    }

    public async Task<string?> FindDigestAsync(string place, string state, CancellationToken cancellation = default) =>
        await ReadNoteAsync<DigestNote>(Digests + Hash(place), cancellation) is { } note && string.Equals(note.State, Hash(state), StringComparison.Ordinal) ? note.Digest : null;

    public Task SaveDigestAsync(string place, string state, string digest, CancellationToken cancellation = default) =>
        ReplaceAsync(Digests + Hash(place), new DigestNote(Hash(state), digest), cancellation);

    public Task<byte[]?> ReadNoteAsync(NoteArea area, string name, CancellationToken cancellation = default) =>
        DoAsync(c => OrNullAsync(async () => (await container.GetBlobClient(NoteOf(area, name)).DownloadContentAsync(c)).Value.Content.ToArray()), cancellation);

    public Task WriteNoteAsync(NoteArea area, string name, ReadOnlyMemory<byte> content, CancellationToken cancellation = default) =>
        CreateAsync(NoteOf(area, name), new BinaryData(content), new() { Conditions = IfNew }, cancellation);

    public async IAsyncEnumerable<string> NotesAsync(NoteArea area, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var start = NoteOf(area, "");
        var blobs = await ListAsync(start, BlobTraits.None, int.MaxValue, cancellation);
        foreach (var name in blobs.Select(blob => Uri.UnescapeDataString(blob.Name[start.Length..])).Order(StringComparer.Ordinal))
        {
            yield return name;
        }
    }

    public void Dispose() => gate.Dispose();

    private static string NamesOf(CellId id) => $"{Names}{Hash(id.ToString())}/";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static Dictionary<string, string> Metadata<T>(T note) => new(StringComparer.Ordinal) { [NoteKey] = Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(note)) };

    /// <exception cref="InvalidInputException">The metadata aren't what this store writes.</exception>
    private T Note<T>(IDictionary<string, string> metadata)
    {
        try
        {
            return metadata.TryGetValue(NoteKey, out var text) && JsonSerializer.Deserialize<T>(Convert.FromBase64String(text)) is { } note
                ? note
                : throw new InvalidInputException(Location, "holds a blob that isn't the store's");
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new InvalidInputException(Location, "holds a blob whose metadata are damaged", e);
        }
    }

    private BlobClient Result(CellKey key) => container.GetBlobClient(Results + key);

    private string NameOf(CellKey key) => $"{Location}: result {key.Value[..Math.Min(12, key.Value.Length)]}";

    private static string NoteOf(NoteArea area, string name) => $"{Notes}{area.Key()}/{Uri.EscapeDataString(name)}";

    private static string TransferOf(CellKey circuit, CellKey place) => $"{Transfers}{place}/{circuit}";

    private async Task SaveAsync(CellId id, CellFingerprint fingerprint, byte[] bytes, Provenance provenance, CancellationToken cancellation)
    {
        var note = new ResultNote(id.Model, id.Task, fingerprint.Analysis, provenance);
        await CreateAsync(Results + fingerprint.Key, new BinaryData(bytes), new() { Metadata = Metadata(note), Conditions = IfNew }, cancellation);
        await NameAsync(id, fingerprint, cancellation);
    }

    /// <summary>Writes a blob; one that is there stays as it is, whether somebody else's or this call's own, whose answer was lost.</summary>
    private async Task CreateAsync(string name, BinaryData content, BlobUploadOptions upload, CancellationToken cancellation) => await DoAsync(
        async c =>
        {
            try
            {
                await container.GetBlobClient(name).UploadAsync(content, upload, c);
            }
            catch (RequestFailedException e) when (e.Status is Conflict or PreconditionFailed)
            {
                // immutable, and there
            }

            return true;
        },
        cancellation);

    private async Task ReplaceAsync<T>(string name, T note, CancellationToken cancellation) => await DoAsync(
        async c => await container.GetBlobClient(name).UploadAsync(new BinaryData(JsonSerializer.SerializeToUtf8Bytes(note)), overwrite: true, c),
        cancellation);

    private async Task<T?> ReadNoteAsync<T>(string name, CancellationToken cancellation)
        where T : class
    {
        var content = await DoAsync(c => OrNullAsync(async () => (await container.GetBlobClient(name).DownloadContentAsync(c)).Value.Content), cancellation);
        try
        {
            return content?.ToObjectFromJson<T>();
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(Location, "holds a blob that is damaged", e);
        }
    }

    private Task<byte[]?> ReadBytesAsync(CellKey key, CancellationToken cancellation) =>
        DoAsync(c => OrNullAsync(async () => (await Result(key).DownloadContentAsync(c)).Value.Content.ToArray()), cancellation);

    private Task<List<BlobItem>> ListAsync(string prefix, BlobTraits traits, int most, CancellationToken cancellation) => DoAsync(
        async c =>
        {
            var found = new List<BlobItem>();
            await foreach (var blob in container.GetBlobsAsync(traits, BlobStates.None, prefix, c))
            {
                found.Add(blob);
                if (found.Count == most)
                {
                    break;
                }
            }

            return found;
        },
        cancellation);

    private static async Task<T?> OrNullAsync<T>(Func<Task<T>> read)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (RequestFailedException e) when (e.Status == NotFound)
        {
            return null;
        }
    }

    /// <summary>Decodes a result; takes it out of the store where it is damaged.</summary>
    private async Task<T> DecodeAsync<T>(CellKey key, Func<T> decode, bool isOfNewerVersion, CancellationToken cancellation)
    {
        try
        {
            return decode();
        }
        catch (InvalidInputException e) when (!isOfNewerVersion)
        {
            await DoAsync(async c => await Result(key).DeleteIfExistsAsync(cancellationToken: c), cancellation);
            throw new InvalidInputException(e.Input, e.Reason + "; it has been taken out of the store: run the experiment again to compute it anew", e);
        }
    }

    private async Task<T> DoAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        if (!isThere)
        {
            await MakeAsync(cancellation);
        }

        return await calls.DoAsync(call, cancellation);
    }

    private async Task MakeAsync(CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            if (!isThere)
            {
                await calls.DoAsync(async c => await container.CreateIfNotExistsAsync(cancellationToken: c), cancellation);
                isThere = true;
            }
        }
        finally
        {
            gate.Release();
        }
    }

    private sealed record ResultNote(string Model, string Task, string Analysis, Provenance Provenance);

    private sealed record NameNote(string Cell, CellFingerprint Fingerprint, DateTimeOffset Named);

    private sealed record FailureNote(string Cell, string Reason, int Attempts, DateTimeOffset Last);

    private sealed record DigestNote(string State, string Digest);

    private sealed record TransferNote(double Faithfulness);
}
