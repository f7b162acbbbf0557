using System.Collections.Concurrent;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using Microsoft.Extensions.DependencyInjection;

namespace CircuitGrid.Hub.Cache;

/// <summary>
/// Repositories of the hub: what they list, and their files in the cache that Hugging Face's libraries share. What is in the cache is taken from there; what is
/// fetched is put there as those libraries would. Safe for several threads, and for several processes on one cache.
/// </summary>
public sealed class HubStore : IDisposable
{
    private readonly ServiceProvider? services;
    private readonly TimeProvider time;
    private readonly Action<string>? notices;
    private readonly HubUrls urls;
    private readonly HubClient client;
    private readonly HubListings listings;
    private readonly ConcurrentDictionary<string, HubRefsAnswer> refs = new(StringComparer.Ordinal);

    /// <summary>A store with connections of its own.</summary>
    /// <param name="options">Which hub is asked, how, and where its files are kept.</param>
    /// <param name="time">The clock of pauses between requests.</param>
    /// <param name="notices">Hears whole sentences for people: what the hub wants them to know, and what is waited for. It can be called from any thread.</param>
    public HubStore(HubOptions options, TimeProvider? time = null, Action<string>? notices = null)
        : this(options, new ServiceCollection().AddHubClient(options, time, notices).BuildServiceProvider(), time, notices)
    {
    }

    /// <summary>A store with a host's connections, which has to know them by <see cref="HubServices.AddHubClient"/>.</summary>
    /// <inheritdoc cref="HubStore(HubOptions, TimeProvider?, Action{string}?)"/>
    public HubStore(HubOptions options, IHttpClientFactory clients, TimeProvider? time = null, Action<string>? notices = null)
    {
        Options = options;
        this.time = time ?? TimeProvider.System;
        this.notices = notices;
        urls = new(options.Endpoint);
        client = new(options, urls, clients, this.time, notices);
        listings = new(options, urls, client);
    }

    private HubStore(HubOptions options, ServiceProvider services, TimeProvider? time, Action<string>? notices)
        : this(options, services.GetRequiredService<IHttpClientFactory>(), time, notices) => this.services = services;

    /// <summary>Which hub is asked, how, and where its files are kept.</summary>
    public HubOptions Options { get; }

    /// <summary>A repository's folder in the cache.</summary>
    /// <exception cref="InvalidInputException">No repository can be called so.</exception>
    public HubRepositoryFolder FolderOf(string repository) => HubNames.IsRepository(repository)
        ? new(Options.CacheFolder, repository)
        : throw new InvalidInputException(Text.OneLine(repository), "is no repository's name; one is ORGANIZATION/NAME, as EleutherAI/pythia-160m");

    /// <summary>
    /// A repository's revisions: what the hub lists, with the repository's new name where it was renamed; offline what the cache knows, all of them as branches.
    /// A list that hasn't changed since it was last asked for isn't sent again.
    /// </summary>
    /// <exception cref="HubUnreachableException">The hub can't be reached, or may not be and the cache knows no revision.</exception>
    /// <exception cref="InvalidInputException">There is no such repository, it may not be read, or what the hub or the cache says can't be understood.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task<HubRefs> ReadRefsAsync(string repository, CancellationToken cancellation)
    {
        var folder = FolderOf(repository);
        if (Options.IsOffline)
        {
            return CachedRefs.Read(folder) is { Revisions.Length: > 0 } cached ? cached : throw Offline(new(repository), "no revision of it is in the cache");
        }

        var answer = await listings.ReadRefsAsync(repository, refs.GetValueOrDefault(repository), cancellation);
        refs[repository] = answer;
        return answer.Refs;
    }

    /// <summary>
    /// The commit of a revision, which may be a branch, a tag, the beginning of a commit, or a commit: one of which something is in the cache is taken unasked.
    /// </summary>
    /// <exception cref="HubUnreachableException">The hub can't be reached, or may not be and the cache doesn't know.</exception>
    /// <exception cref="InvalidInputException">There is no such revision or repository, or it may not be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task<string> FindCommitAsync(string repository, string revision, CancellationToken cancellation)
    {
        var folder = FolderOf(repository);
        if (!HubNames.IsRevision(revision))
        {
            throw new InvalidInputException(new HubSubject(repository).ToString(), $"has no revision {Text.OneLine(revision)}: none can be called so");
        }

        if (HubNames.IsCommit(revision) && (Options.IsOffline || FileStatus.Of(folder.Tree(revision)) is not null || FileStatus.Of(folder.Snapshot(revision)) is not null))
        {
            return revision;
        }

        return !Options.IsOffline ? await listings.ReadCommitAsync(repository, revision, cancellation)
            : CachedRefs.Find(folder, revision) ?? throw Offline(new(repository, revision), "the cache doesn't know its commit");
    }

    /// <summary>A commit's files: the cache's list where it has one that can be read, else the hub's, which is then kept: it never changes.</summary>
    /// <exception cref="HubUnreachableException">The hub can't be reached, or may not be and the cache has no list.</exception>
    /// <exception cref="InvalidInputException">There is no such commit, it may not be read, or what the hub says can't be understood.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task<HubTree> ReadTreeAsync(HubRepositoryFolder folder, string commit, CancellationToken cancellation)
    {
        Require(folder);
        var path = folder.Tree(commit);
        InvalidInputException? damage = null;
        try
        {
            if (HubTree.Read(path) is { } cached)
            {
                return cached;
            }
        }
        catch (InvalidInputException e)
        {
            damage = e;
        }

        if (Options.IsOffline)
        {
            return CachedTree.Read(folder, commit) ?? throw damage ?? Offline(new(folder.Repository, commit), "neither the list of its files nor any of them is in the cache");
        }

        var tree = await listings.ReadTreeAsync(folder.Repository, commit, cancellation);
        CacheTag.Write(folder.Cache);
        tree.Write(path);
        return tree;
    }

    /// <summary>Whether a file is where a snapshot has it, whole by its size.</summary>
    /// <exception cref="InvalidInputException">Its path can't be looked at.</exception>
    public bool IsHere(HubSnapshot snapshot, HubFile file)
    {
        Require(snapshot.Repository);
        return IsWhole(snapshot.PathOf(file), file);
    }

    /// <summary>
    /// Makes sure that a file is where a snapshot has it. It is fetched at most once for all snapshots; where another task or process fetches it already, that is waited for.
    /// </summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="file">A file of its commit.</param>
    /// <param name="received">Hears how many of its bytes are there, while it is fetched; fewer than before where it has to begin again.</param>
    /// <param name="cancellation">Ends it. What came is dropped.</param>
    /// <exception cref="HubUnreachableException">The hub can't be reached, or may not be.</exception>
    /// <exception cref="DiskFullException">There is no room for it. Nothing is left of it.</exception>
    /// <exception cref="InvalidInputException">It may not be read, isn't there, isn't what its digest says, or can't be written. Nothing is left of it.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task FetchAsync(HubSnapshot snapshot, HubFile file, IProgress<long>? received, CancellationToken cancellation)
    {
        if (IsHere(snapshot, file))
        {
            return;
        }

        var folder = snapshot.Repository;
        var blob = folder.Blob(file.Digest);
        if (!IsWhole(blob, file))
        {
            if (Options.IsOffline)
            {
                throw Offline(HubSubject.Of(snapshot, file), "it isn't in the cache");
            }

            CacheTag.Write(folder.Cache);
            using var held = await BlobLock.TakeAsync(folder.Lock(file.Digest), () => notices?.Invoke($"Waiting for {HubSubject.Of(snapshot, file)}, which is being fetched already."), cancellation);
            if (!IsWhole(blob, file))
            {
                await new BlobFetch(Options, client, time, HubSubject.Of(snapshot, file), urls.File(folder.Repository, snapshot.Commit, file), folder, file, received).RunAsync(cancellation);
            }
        }

        LinkedFile.Place(snapshot.PathOf(file), blob, Options.CopiesFiles);
    }

    /// <summary>
    /// Makes sure that what a safetensors file says of its tensors is here: in the whole file, or as <see cref="HubRepositoryFolder.Header"/>, its first bytes.
    /// </summary>
    /// <exception cref="HubUnreachableException">The hub can't be reached, or may not be.</exception>
    /// <exception cref="InvalidInputException">It may not be read, isn't there, isn't a safetensors file, or can't be written.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task FetchHeaderAsync(HubSnapshot snapshot, HubFile file, CancellationToken cancellation)
    {
        if (IsHere(snapshot, file) || IsWhole(snapshot.Repository.Blob(file.Digest), file) || HeaderFetch.IsWhole(snapshot.Repository.Header(file.Digest)))
        {
            return;
        }

        if (Options.IsOffline)
        {
            throw Offline(HubSubject.Of(snapshot, file), "its header isn't in the cache");
        }

        CacheTag.Write(snapshot.Repository.Cache);
        await new HeaderFetch(Options, client, HubSubject.Of(snapshot, file), urls.File(snapshot.Repository.Repository, snapshot.Commit, file), snapshot.Repository, file).RunAsync(cancellation);
    }

    /// <summary>Notes a revision's commit in the cache, where other programs and later runs without a network look for it.</summary>
    /// <exception cref="InvalidInputException">The name or the commit is none, or it can't be written.</exception>
    public void WriteRef(HubRepositoryFolder folder, string revision, string commit)
    {
        Require(folder);
        if (!HubNames.IsCommit(commit))
        {
            throw new InvalidInputException(new HubSubject(folder.Repository, revision).ToString(), $"is '{Text.OneLine(commit)}', which is no commit");
        }

        // a commit is no name of itself
        if (!HubNames.IsCommit(revision) && CachedRefs.Find(folder, revision) != commit)
        {
            CacheTag.Write(folder.Cache);
            OutputFile.Write(folder.Ref(revision), stream => stream.Write(Encoding.ASCII.GetBytes(commit)));
        }
    }

    public void Dispose() => services?.Dispose();

    /// <summary>A snapshot of another machine's cache means nothing here.</summary>
    private void Require(HubRepositoryFolder folder)
    {
        if (folder.Cache != Options.CacheFolder)
        {
            throw new ArgumentException($"is a folder of {folder.Cache}, not of {Options.CacheFolder}", nameof(folder));
        }
    }

    private static bool IsWhole(string path, HubFile file) => FileStatus.Of(path) is { Kind: FileKind.Plain } status && status.Length == file.Size;

    private static HubUnreachableException Offline(HubSubject subject, string reason) =>
        new(subject.ToString(), $"{reason}, and HF_HUB_OFFLINE forbids to ask the hub");
}
