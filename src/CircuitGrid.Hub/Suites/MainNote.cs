using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Suites;

/// <summary>
/// A note of the commit that <c>main</c> was. Which weights of other revisions are read depends on what <c>main</c> has, without a network as with one. It is no
/// reference of the cache: programs that load <c>main</c> offline would look for files there that nobody has fetched.
/// </summary>
internal static class MainNote
{
    private const int MostBytes = 256;

    /// <summary>The commit; <see langword="null"/> where none is noted.</summary>
    /// <exception cref="InvalidInputException">The note can't be read.</exception>
    public static string? Read(HubRepositoryFolder folder) =>
        FileStatus.Of(folder.Main) is { Kind: FileKind.Plain, Length: <= MostBytes } && Encoding.ASCII.GetString(SourceFile.ReadAll(folder.Main, MostBytes)) is var text && HubNames.IsCommit(text) ? text : null;

    /// <summary>Notes the commit.</summary>
    /// <exception cref="InvalidInputException">The note can't be written.</exception>
    public static void Write(HubRepositoryFolder folder, string commit)
    {
        if (Read(folder) != commit)
        {
            OutputFile.Write(folder.Main, stream => stream.Write(Encoding.ASCII.GetBytes(commit)));
        }
    }
}
