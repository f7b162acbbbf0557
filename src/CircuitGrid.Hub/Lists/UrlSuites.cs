using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Suites;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Formats;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Sources;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Hub.Lists;

/// <summary>
/// Suites that are lists of URLs. A server of plain files says neither what a folder holds nor what its bytes are: each name is asked for, and a file is known by its
/// URL, its length and its tag.
/// </summary>
/// <param name="options">Pauses, and how often a request is repeated. The token is the hub's, and isn't sent.</param>
/// <param name="clients">Connections, as <see cref="HubServices.AddHubClient"/> makes them.</param>
/// <param name="time">The clock of pauses.</param>
/// <param name="cacheFolder">Where files are kept.</param>
public sealed class UrlSuites(HubOptions options, IHttpClientFactory clients, TimeProvider time, string cacheFolder) : IHub
{
    private static readonly string[] s_names =
    [
        CheckpointFolder.ConfigName, .. Enum.GetValues<WeightKind>().Select(kind => kind.FileName()), TokenizerFiles.Name, FileExperimentSource.LexiconName,
    ];

    private readonly HubClient client = new(options with { Token = null }, new(options.Endpoint), clients, time, notices: null);
    private readonly ConcurrentDictionary<string, Uri> folders = new(StringComparer.Ordinal);
    private readonly KeptAnswers<HubSnapshot, HubCheckpoint> known = new();

    /// <summary>Where files are kept.</summary>
    public string CacheFolder => cacheFolder;

    public long FreeBytes => FetchedFiles.FreeBytes(cacheFolder);

    public Task<SuiteFolder> OpenAsync(ExperimentSpec experiment, CancellationToken cancellation)
    {
        var list = UrlList.Read(experiment.Suite);
        var repository = new HubRepositoryFolder(cacheFolder, $"urls/{Digits(experiment.Suite)}");
        var found = new List<FoundCheckpoint>();
        foreach (var folder in list.Folders)
        {
            var snapshot = new HubSnapshot(repository, Digits(folder.AbsoluteUri));
            folders[snapshot.Commit] = folder;
            found.Add(new(UrlList.NameOf(folder), snapshot.Folder) { Hub = snapshot });
        }

        var source = new HubRevisions(list.Name, [.. found]);
        return Task.FromResult(SuiteFolder.Of(
            experiment.Suite, experiment.SuiteName ?? list.Name, [(source, repository.Folder)], experiment.Ignore, experiment.Pattern, experiment.TokensPerStep, []));
    }

    public SuiteFolder Open(ExperimentSpec experiment, string model, int step, HubPin pin) => throw OfOneMachine(experiment.Suite);

    public HubPin Pin(HubCheckpoint checkpoint, WeightKind kind) => throw OfOneMachine(UrlList.Scheme);

    public Task<HubCheckpoint> LookAsync(SuiteModel model, SuiteCheckpoint checkpoint, CancellationToken cancellation)
    {
        var snapshot = checkpoint.Hub ?? throw new ArgumentException("is a folder of this machine", nameof(checkpoint));
        return known.GetAsync(snapshot, () => LookAsync(snapshot, cancellation));
    }

    public bool IsHere(HubSnapshot checkpoint, HubFile file) => IsWhole(checkpoint.PathOf(file), file) && IsWhole(checkpoint.Repository.Blob(file.Digest), file);

    public async Task FetchAsync(HubSnapshot checkpoint, HubFile file, IProgress<long>? received, CancellationToken cancellation)
    {
        if (IsHere(checkpoint, file))
        {
            return;
        }

        var (repository, address) = (checkpoint.Repository, AddressOf(checkpoint, file.Path));
        var blob = repository.Blob(file.Digest);
        using var held = await BlobLock.TakeAsync(repository.Lock(file.Digest), () => { }, cancellation);
        if (!IsWhole(blob, file))
        {
            await new BlobFetch(options, client, time, SubjectOf(address), address, repository, file, received) { IsVerified = false }.RunAsync(cancellation);
        }

        LinkedFile.Place(checkpoint.PathOf(file), blob, options.CopiesFiles);
    }

    public bool Remove(HubRepositoryFolder repository, HubFile file) => FetchedFiles.Remove(repository, file);

    public bool IsFetched(HubRepositoryFolder repository, HubFile file) => FetchedFiles.Has(repository, file);

    private async Task<HubCheckpoint> LookAsync(HubSnapshot snapshot, CancellationToken cancellation)
    {
        if (options.IsOffline)
        {
            throw new HubUnreachableException(folders[snapshot.Commit].AbsoluteUri, "isn't asked for: HF_HUB_OFFLINE forbids it, and a list of URLs is looked at anew each time");
        }

        var files = new List<HubFile>();
        foreach (var name in s_names)
        {
            if (await FindAsync(snapshot, name, cancellation) is { } file)
            {
                files.Add(file);
            }
        }

        var checkpoint = new HubCheckpoint(snapshot, new(snapshot.Folder, files));
        foreach (var file in files.Where(f => !Enum.GetValues<WeightKind>().Any(kind => !kind.IsSharded() && kind.FileName() == f.Path)))
        {
            await FetchAsync(snapshot, file, received: null, cancellation);
        }

        if (checkpoint.Kind.IsSharded())
        {
            foreach (var (shard, _) in ShardIndex.Read(Path.Combine(snapshot.Folder, checkpoint.Kind.FileName())))
            {
                files.Add(await FindAsync(snapshot, shard, cancellation) ?? throw new InvalidInputException(AddressOf(snapshot, shard).AbsoluteUri, "isn't there, though the index of shards names it"));
            }

            checkpoint = new(snapshot, new(snapshot.Folder, files));
        }

        if (checkpoint.Kind is WeightKind.Safetensors or WeightKind.SafetensorsShards)
        {
            foreach (var file in checkpoint.FilesOf(checkpoint.Kind).Where(f => !IsHere(snapshot, f) && !HeaderFetch.IsWhole(snapshot.Repository.Header(f.Digest))))
            {
                var address = AddressOf(snapshot, file.Path);
                await new HeaderFetch(options, client, SubjectOf(address), address, snapshot.Repository, file).RunAsync(cancellation);
            }
        }

        return checkpoint;
    }

    /// <summary>Asks for a file's first byte, whose answer tells length and tag of all; <see langword="null"/> where there is no such file.</summary>
    private async Task<HubFile?> FindAsync(HubSnapshot snapshot, string name, CancellationToken cancellation)
    {
        var address = AddressOf(snapshot, name);
        var request = new HubRequest(address, SubjectOf(address), options.ListingTimeout) { From = 0, To = 0, MayBeAbsent = true };
        using var answer = await client.SendAsync(request, cancellation);
        if (answer.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            return null;
        }

        var headers = answer.Message.Content.Headers;
        var size = (answer.Status == HttpStatusCode.PartialContent ? headers.ContentRange?.Length : headers.ContentLength)
            ?? throw new InvalidInputException(address.AbsoluteUri, "is sent without its length");
        var tag = answer.Message.Headers.ETag?.Tag ?? headers.LastModified?.ToString("O", CultureInfo.InvariantCulture) ?? "";
        var identity = string.Create(CultureInfo.InvariantCulture, $"{address.AbsoluteUri}\n{size}\n{tag}");
        return new(name, size, Digits(identity), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity))));
    }

    private Uri AddressOf(HubSnapshot snapshot, string name) => folders.TryGetValue(snapshot.Commit, out var folder)
        ? new(folder, Uri.EscapeDataString(name))
        : throw new InvalidInputException(snapshot.Folder, "is of no list that is open");

    private static HubSubject SubjectOf(Uri address) => new("") { Name = address.AbsoluteUri };

    /// <summary>A name of forty digits where the hub has commits and blobs; nothing depends on its strength.</summary>
    private static string Digits(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HubNames.CommitDigits];

    private static bool IsWhole(string path, HubFile file) => FileStatus.Of(path) is { Kind: FileKind.Plain } status && status.Length == file.Size;

    private static InvalidInputException OfOneMachine(string input) => new(input, "is a list of URLs, which one machine reads by itself; give its files a repository on the hub, or a folder");
}
