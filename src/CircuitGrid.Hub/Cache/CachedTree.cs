using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Cache;

/// <summary>
/// The files of a commit as far as a cache has them, where it has no list of all: a snapshot's links lead to blobs that are called by their digests. Programs that
/// fetched single files left it so.
/// </summary>
internal static class CachedTree
{
    /// <summary>Of a large file Git keeps a pointer, whose digest only the hub's own list tells.</summary>
    private static readonly string s_noBlob = new('0', HubNames.CommitDigits);

    /// <summary>The files that are there; <see langword="null"/> where none is.</summary>
    /// <exception cref="InvalidInputException">The snapshot can't be read.</exception>
    public static HubTree? Read(HubRepositoryFolder folder, string commit)
    {
        var snapshot = folder.Snapshot(commit);
        if (FileStatus.Of(snapshot) is not { Kind: FileKind.Folder })
        {
            return null;
        }

        var files = new List<HubFile>();
        try
        {
            foreach (var entry in new DirectoryInfo(snapshot).EnumerateFiles("*", SearchOption.AllDirectories))
            {
                if (entry.LinkTarget is { } target && Path.GetFileName(target) is var digest && HubNames.IsDigest(digest) && FileStatus.Of(entry.FullName) is { Kind: FileKind.Plain } status)
                {
                    var isLarge = digest.Length == HubNames.Sha256Digits;
                    var path = Path.GetRelativePath(snapshot, entry.FullName).Replace(Path.DirectorySeparatorChar, '/');
                    files.Add(new(path, status.Length, isLarge ? s_noBlob : digest, isLarge ? digest : null));
                }
            }
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw SourceFile.CannotRead(snapshot, e);
        }

        return files.Count == 0 ? null : new(snapshot, files);
    }
}
