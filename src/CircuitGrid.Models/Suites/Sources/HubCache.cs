using System.Collections.Immutable;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Models.Suites.Sources;

/// <summary>
/// A repository in the cache that Hugging Face's libraries keep, <c>models--ORGANIZATION--NAME</c>: <c>refs</c> has a file for each revision with the
/// commit that it is, <c>snapshots</c> a folder for each commit whose files are links into <c>blobs</c>, where a file's name is its digest.
/// </summary>
/// <param name="folder">The repository's folder.</param>
public sealed class HubCache(string folder) : ICheckpointSource
{
    private const string Prefix = "models--";
    private const string Separator = "--";
    private const string Refs = "refs";
    private const string Snapshots = "snapshots";
    private const string PullRequests = "refs/pr/";
    private const int CommitDigits = 40;
    private const int MaxRefBytes = 256;
    private const int DeepestRef = 8;

    /// <summary>The last part of the repository's name.</summary>
    public string Model => Repository.Split('/')[^1];

    /// <summary>The repository's whole name, <c>ORGANIZATION/NAME</c>.</summary>
    public string Repository => string.Join('/', Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))[Prefix.Length..].Split(Separator, 2));

    /// <summary>Whether a folder is a repository's.</summary>
    public static bool IsRepository(string folder) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))).StartsWith(Prefix, StringComparison.Ordinal)
        && Directory.Exists(Path.Combine(folder, Snapshots));

    public ImmutableArray<FoundCheckpoint> List()
    {
        ImmutableArray<FoundCheckpoint> named = [.. Names(Path.Combine(folder, Refs), "", 0).Order(StringComparer.Ordinal).Select(Read)];
        var known = named.Select(c => c.Folder).ToHashSet(StringComparer.Ordinal);
        var unnamed = Folders.In(Path.Combine(folder, Snapshots)).Select(commit => new FoundCheckpoint(commit, SnapshotOf(commit))).Where(c => !known.Contains(c.Folder)).ToArray();

        // a commit that was asked for by its digits has no name; alone it is the model
        return named.IsEmpty && unnamed is [var only]
            ? [only with { IsTop = true }]
            : [.. named, .. named.Where(c => c.IsTop).SelectMany(InSnapshot), .. unnamed.Select(c => c with { Fault = "is a commit that no revision here is; load it by its revision's name" })];
    }

    public ImmutableArray<FileDigest> Digests(FoundCheckpoint checkpoint) =>
    [
        .. Folders.FilesIn(checkpoint.Folder)
            .Select(name => (Name: name, Target: new FileInfo(Path.Combine(checkpoint.Folder, name)).LinkTarget))
            .Where(file => file.Target is not null)
            .Select(file => new FileDigest(file.Name, Path.GetFileName(file.Target!))),
    ];

    /// <summary>Some repositories have their checkpoints as folders of their one revision.</summary>
    private static IEnumerable<FoundCheckpoint> InSnapshot(FoundCheckpoint revision) =>
        Folders.In(revision.Folder).Select(name => new FoundCheckpoint(name, Path.Combine(revision.Folder, name)));

    private static IEnumerable<string> Names(string folder, string prefix, int depth) => depth > DeepestRef
        ? []
        : Folders.FilesIn(folder).Select(name => prefix + name).Concat(Folders.In(folder).SelectMany(name => Names(Path.Combine(folder, name), $"{prefix}{name}/", depth + 1)));

    private FoundCheckpoint Read(string revision)
    {
        var path = Path.Combine(folder, Refs, revision);
        string commit;
        try
        {
            commit = Encoding.Latin1.GetString(SourceFile.ReadAll(path, MaxRefBytes)).Trim();
        }
        catch (InvalidInputException e)
        {
            return new(revision, folder) { Fault = $"can't be looked up: {e.Message}" };
        }

        if (commit.Length != CommitDigits || !commit.All(char.IsAsciiHexDigitLower))
        {
            return new(revision, folder) { Fault = $"has '{Text.OneLine(commit)}' in its file under {Refs}, which holds a commit, {CommitDigits} lower-case hexadecimal digits" };
        }

        var snapshot = SnapshotOf(commit);
        var fault = revision.StartsWith(PullRequests, StringComparison.Ordinal) ? "is a pull request"
            : !Directory.Exists(snapshot) ? "isn't downloaded: its snapshot isn't there"
            : LacksWeights(commit, snapshot) ? "isn't downloaded: its weights aren't there"
            : null;
        return new(revision, snapshot) { Fault = fault, IsTop = revision == "main" };
    }

    /// <summary>A look at a revision on the hub leaves all of it here but its weights.</summary>
    private bool LacksWeights(string commit, string snapshot)
    {
        if (!CheckpointFolder.WeightKinds(snapshot).IsEmpty || !Folders.IsCheckpoint(snapshot))
        {
            return false;
        }

        try
        {
            return HubTree.Read(Path.Combine(folder, "trees", commit + ".json")) is { } tree && Enum.GetValues<WeightKind>().Any(kind => tree.Find(kind.FileName()) is not null);
        }
        catch (InvalidInputException)
        {
            // a damaged list says nothing; what is missing is seen when the checkpoint is opened
            return false;
        }
    }

    private string SnapshotOf(string commit) => Path.Combine(folder, Snapshots, commit);
}
