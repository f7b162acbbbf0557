using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>
/// Reads a whole input that a person has named on a command line. Beside plain files it takes what a shell puts in their place: pipes
/// (<c>/dev/stdin</c>, <c>&lt;(command)</c>) and devices, which are read once, to their end.
/// </summary>
public static class InputBytes
{
    private const int ChunkBytes = 1 << 16;

    /// <summary>All bytes of an input.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="limit">More bytes than such an input has.</param>
    /// <param name="cancellation">Ends the waiting for a pipe that nobody writes to.</param>
    /// <exception cref="InvalidInputException">It can't be read, or is longer.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static byte[] Read(string path, int limit, CancellationToken cancellation)
    {
        if (FileStatus.Of(path)?.Kind is null or FileKind.Plain or FileKind.Folder)
        {
            return SourceFile.ReadAll(path, limit);
        }

        // Opening a pipe waits for its writer, and no system call can be called off: the thread that waits is left behind.
        var reading = Task.Factory.StartNew(() => ReadStream(path, limit, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return reading.WaitAsync(cancellation).GetAwaiter().GetResult();
    }

    private static byte[] ReadStream(string path, int limit, CancellationToken cancellation)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            using var bytes = new MemoryStream();
            var chunk = new byte[ChunkBytes];
            while (stream.Read(chunk) is > 0 and var count)
            {
                cancellation.ThrowIfCancellationRequested();
                bytes.Write(chunk, 0, count);
                if (bytes.Length > limit)
                {
                    throw new InvalidInputException(path, $"goes on after {limit} bytes; such an input has at most so many");
                }
            }

            return bytes.ToArray();
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw SourceFile.CannotRead(path, e);
        }
    }
}
