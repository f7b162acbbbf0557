using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>Writes a file so that whoever looks at its path sees the old contents or the new ones, whole, whatever happens in between.</summary>
internal static class AtomicFile
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Writes beside the target, brings it to the disk, and renames it over the target. What fails leaves no trace.</summary>
    /// <exception cref="InvalidInputException">The folder doesn't exist, the disk is full, or access is denied.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (SourceFile.IsFileError(e))
            {
                throw new InvalidInputException(path, "can't be written: " + Text.OneLine(e.Message), e);
            }

            throw;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            // The reason the write failed is what the caller needs to hear.
        }
    }
}
