using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Suites;

/// <summary>The files that this program has fetched, which it may remove again. Others of the cache stay.</summary>
internal static class FetchedFiles
{
    /// <summary>Bytes that are free where a folder is, or will be.</summary>
    public static long FreeBytes(string folder)
    {
        var at = Path.GetFullPath(folder);
        while (!Directory.Exists(at) && Path.GetDirectoryName(at) is { } above)
        {
            at = above;
        }

        try
        {
            return new DriveInfo(at).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return 0;
        }
    }

    /// <summary>Whether a file was fetched by this program.</summary>
    public static bool Has(HubRepositoryFolder repository, HubFile file) => File.Exists(NoteOf(repository, file));

    /// <summary>Removes a file and all links to it, if this program has fetched it.</summary>
    /// <returns>Whether it was removed.</returns>
    /// <exception cref="InvalidInputException">It can't be removed.</exception>
    public static bool Remove(HubRepositoryFolder repository, HubFile file)
    {
        if (!Has(repository, file))
        {
            return false;
        }

        using var held = LockFile.TryTake(repository.Lock(file.Digest));
        if (held is null)
        {
            // somebody is fetching it anew
            return false;
        }

        try
        {
            // links first: whoever looks for the file finds it, or no link
            foreach (var snapshot in Directory.Exists(repository.Snapshots) ? Directory.EnumerateDirectories(repository.Snapshots) : [])
            {
                foreach (var entry in new DirectoryInfo(snapshot).EnumerateFiles("*", SearchOption.AllDirectories).Where(e => e.LinkTarget is { } target && Path.GetFileName(target) == file.Digest))
                {
                    entry.Delete();
                }
            }

            File.Delete(repository.Blob(file.Digest));
            File.Delete(NoteOf(repository, file));
            return true;
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw new InvalidInputException(repository.Blob(file.Digest), "can't be removed: " + Text.OneLine(e.Message), e);
        }
    }

    private static string NoteOf(HubRepositoryFolder repository, HubFile file) => Path.Combine(repository.Fetched, file.Digest);
}
