using CircuitGrid.Compute;

namespace CircuitGrid.Models.Hub;

/// <summary>
/// A repository's folder in the cache that Hugging Face's libraries share, <c>models--ORGANIZATION--NAME</c>: which of its files is where. Its own additions
/// keep to <c>.circuitgrid</c>, which those libraries pass over and remove with the repository.
/// </summary>
/// <param name="Cache">The cache's folder.</param>
/// <param name="Repository">The repository's name.</param>
public sealed record HubRepositoryFolder(string Cache, string Repository)
{
    private const string Prefix = "models--";
    private const string Separator = "--";
    private const string SnapshotsName = "snapshots";
    private const string Own = ".circuitgrid";

    /// <summary>The folder itself.</summary>
    public string Folder => Path.Combine(Cache, Prefix + Repository.Replace("/", Separator, StringComparison.Ordinal));

    /// <summary>The folder of the files' bytes, each by its digest.</summary>
    public string Blobs => Path.Combine(Folder, "blobs");

    /// <summary>The folder of revisions' commits.</summary>
    public string Refs => Path.Combine(Folder, "refs");

    /// <summary>The folder of commits' files.</summary>
    public string Snapshots => Path.Combine(Folder, SnapshotsName);

    /// <summary>Notes of the blobs that this program has fetched: it removes no others.</summary>
    public string Fetched => Path.Combine(Folder, Own, "fetched");

    /// <summary>Notes of the partial files that this program has begun: it removes no others.</summary>
    public string Partials => Path.Combine(Folder, Own, "partial");

    /// <summary>The file with the commit that <c>main</c> was when this program last looked at its files. <see cref="Refs"/> are for what programs load.</summary>
    public string Main => Path.Combine(Folder, Own, "main");

    /// <summary>The bytes of a file of a digest.</summary>
    public string Blob(string digest) => Path.Combine(Blobs, Plain(digest));

    /// <summary>The file with a revision's commit.</summary>
    public string Ref(string revision) => Path.Combine(Refs, HubNames.IsRevision(revision) ? revision : throw new InvalidInputException(Repository, "has no such revision"));

    /// <summary>The folder of a commit's files.</summary>
    public string Snapshot(string commit) => Path.Combine(Snapshots, Plain(commit));

    /// <summary>The list of a commit's files.</summary>
    public string Tree(string commit) => Path.Combine(Folder, "trees", Plain(commit) + ".json");

    /// <summary>The header of a safetensors file of a digest, without its elements.</summary>
    public string Header(string digest) => Path.Combine(Folder, Own, "headers", Plain(digest));

    /// <summary>The file that whoever fetches a file of a digest holds locked.</summary>
    public string Lock(string digest) => Path.Combine(Cache, ".locks", Prefix + Repository.Replace("/", Separator, StringComparison.Ordinal), Plain(digest) + ".lock");

    private static string Plain(string digest) => HubNames.IsDigest(digest) ? digest : throw new ArgumentException("is no digest", nameof(digest));
}
