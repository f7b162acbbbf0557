using System.Text;
using System.Text.RegularExpressions;
using CircuitGrid.Compute;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Cache;

/// <summary>Revisions whose commits a cache knows: files that hold the commit, whose paths are the names.</summary>
internal static partial class CachedRefs
{
    private const int MostBytes = 256;

    /// <summary>All of them, in the ordinal order of their names. The cache doesn't say whether a name is a branch or a tag.</summary>
    /// <exception cref="InvalidInputException">The folder or a file in it can't be read.</exception>
    public static HubRefs Read(HubRepositoryFolder folder)
    {
        if (FileStatus.Of(folder.Refs) is null)
        {
            return new(folder.Repository, []);
        }

        try
        {
            var names = Directory.EnumerateFiles(folder.Refs, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder.Refs, path).Replace(Path.DirectorySeparatorChar, '/'))
                .Where(name => HubNames.IsRevision(name) && !BeingWritten().IsMatch(name))
                .Order(StringComparer.Ordinal);
            return new(folder.Repository, [.. names.Select(name => new HubRevision(name, Commit(folder, name), HubRevisionKind.Branch))]);
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            throw new InvalidInputException(folder.Refs, "can't be read: " + Text.OneLine(e.Message), e);
        }
    }

    /// <summary>The commit of a revision; <see langword="null"/> where the cache doesn't know a commit of it.</summary>
    /// <exception cref="InvalidInputException">The file can't be read.</exception>
    public static string? Find(HubRepositoryFolder folder, string revision) =>
        FileStatus.Of(folder.Ref(revision)) is { Kind: FileKind.Plain, Length: <= MostBytes } && ReadText(folder.Ref(revision)) is var text && HubNames.IsCommit(text) ? text : null;

    private static string Commit(HubRepositoryFolder folder, string revision) =>
        Find(folder, revision) ?? throw new InvalidInputException(folder.Ref(revision), $"holds no commit of {HubNames.CommitDigits} hexadecimal digits; remove the file");

    /// <summary>What this program, and what Python's libraries call a file that they are about to put into its place.</summary>
    [GeneratedRegex(@"(\A|/)\.circuitgrid-[^/]*\z|\.[0-9a-f]{8}\.tmp\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BeingWritten();

    private static string ReadText(string path) => Encoding.ASCII.GetString(SourceFile.ReadAll(path, MostBytes)).Trim();
}
