using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>
/// Writes one file. Whoever looks at a plain file's path sees the old contents or the new ones, whole, whatever happens in between and whoever else writes
/// it. A link is followed, and the file that it leads to is replaced; a pipe or a device is written through. Several files that belong together go
/// into an <see cref="OutputSet"/>.
/// </summary>
public static class OutputFile
{
    /// <summary>Finds out before the work that a file can't be written after it. Makes the folder that it is in.</summary>
    /// <exception cref="InvalidInputException">The path is a folder, or its folder can't be made or written to.</exception>
    public static void Prepare(string path) => OutputTarget.Of(path);

    /// <summary>Writes a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="write">Writes its contents.</param>
    /// <param name="cancellation">Ends the waiting for somebody who reads from a pipe.</param>
    /// <exception cref="InvalidInputException">The file can't be written, or the disk is full; a plain file stays as it was.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static void Write(string path, Action<Stream> write, CancellationToken cancellation = default)
    {
        using var files = new OutputSet();
        files.Add(path, write);
        files.Commit(cancellation);
    }
}
