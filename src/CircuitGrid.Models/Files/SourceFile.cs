using CircuitGrid.Compute;
using Microsoft.Win32.SafeHandles;

namespace CircuitGrid.Models.Files;

/// <summary>
/// A file from outside, open for positioned reads. Reads go through system calls into buffers and never through a memory map:
/// where another process shortens a mapped file the next access ends this process, whereas a short read is an error like any other.
/// Reading is safe from several threads at once.
/// </summary>
internal sealed class SourceFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private SourceFile(string path, SafeFileHandle handle, long length)
    {
        Path = path;
        _handle = handle;
        Length = length;
    }

    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>
    /// Opens a plain file. A pipe or a device is refused before it is opened, which could wait for ever; so is a file that isn't in the bounds of its folder
    /// (<see cref="FolderBounds"/>), and again once it is open.
    /// </summary>
    /// <exception cref="InvalidInputException">The file isn't there, is something else than a plain file, is out of bounds, or can't be opened.</exception>
    public static SourceFile Open(string path)
    {
        FolderBounds.Require(path);
        if (FileStatus.Of(path) is { Kind: not FileKind.Plain } other)
        {
            throw new InvalidInputException(path, $"is {Describe(other.Kind)}, not a plain file");
        }

        SafeFileHandle? handle = null;
        try
        {
            // Whoever writes or replaces the file must not be held up by its being read.
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            FolderBounds.Require(path, handle);
            return new SourceFile(path, handle, RandomAccess.GetLength(handle));
        }
        catch (Exception e)
        {
            handle?.Dispose();
            if (IsFileError(e))
            {
                throw CannotRead(path, e);
            }

            throw;
        }
    }

    /// <summary>The whole of a file that has no business being larger than <paramref name="limit"/> bytes.</summary>
    /// <exception cref="InvalidInputException">The file can't be read or is larger.</exception>
    public static byte[] ReadAll(string path, int limit)
    {
        using var file = Open(path);
        if (file.Length > limit)
        {
            throw new InvalidInputException(path, $"is {file.Length} bytes long; such a file has at most {limit}");
        }

        var bytes = new byte[file.Length];
        file.ReadExactly(0, bytes);
        return bytes;
    }

    /// <exception cref="InvalidInputException">The file ends before the range does, or reading fails.</exception>
    public void ReadExactly(long offset, Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                var count = RandomAccess.Read(_handle, destination, offset);
                if (count == 0)
                {
                    throw new InvalidInputException(Path, $"ends at byte {offset} although it was {Length} bytes long when it was opened; it got shorter while it was being read");
                }

                offset += count;
                destination = destination[count..];
            }
        }
        catch (Exception e) when (IsFileError(e))
        {
            throw CannotRead(Path, e);
        }
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>Whether an exception is the file system's word about a path, not a fault of the program.</summary>
    public static bool IsFileError(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException;

    /// <summary>A kind of file as messages name it.</summary>
    public static string Describe(FileKind kind) => kind switch
    {
        FileKind.Plain => "a file",
        FileKind.Folder => "a folder",
        FileKind.Pipe => "a pipe",
        FileKind.Socket => "a socket",
        _ => "a device",
    };

    public static InvalidInputException CannotRead(string path, Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => new(path, "doesn't exist", e),
        UnauthorizedAccessException => new(path, "can't be read: access is denied", e),
        _ => new(path, "can't be read: " + Text.OneLine(e.Message), e),
    };
}
