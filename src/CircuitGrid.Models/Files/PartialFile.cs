using CircuitGrid.Compute;
using Microsoft.Win32.SafeHandles;

namespace CircuitGrid.Models.Files;

/// <summary>
/// A file that is being received. It stands beside its place under a name of its own, grows from its beginning to its end, and comes to its place only
/// when it is whole and its digest is right. Otherwise it is removed. While it is open its lock is held, by which others see that its writer lives.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly string _final;
    private readonly long _size;
    private readonly ContentDigest _digest;
    private readonly SafeFileHandle _handle;
    private readonly FileStream _stream;
    private bool _isPlaced;

    private PartialFile(string final, string path, long size, ContentDigest digest)
    {
        _final = final;
        Path = path;
        _size = size;
        _digest = digest;
        _handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        _stream = new(_handle, FileAccess.Write, BufferBytes);
    }

    /// <summary>Where it stands until it is whole.</summary>
    public string Path { get; }

    /// <summary>Bytes that are there.</summary>
    public long Length { get; private set; }

    /// <summary>Begins a file. Its folder is made.</summary>
    /// <param name="final">Its place.</param>
    /// <param name="path">Where it stands until it is whole, in the same folder; nothing is there.</param>
    /// <param name="size">Its bytes when it is whole.</param>
    /// <param name="digest">Takes its digest; it belongs to the file from now on.</param>
    /// <exception cref="DiskFullException">There is less room than it needs.</exception>
    /// <exception cref="InvalidInputException">It can't be made.</exception>
    public static PartialFile Create(string final, string path, long size, ContentDigest digest)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(final))!);
            if (FreeBytes(final) is { } free && free < size)
            {
                throw NoRoom(final, size, free, inner: null);
            }

            return new(final, path, size, digest);
        }
        catch (Exception e)
        {
            digest.Dispose();
            if (WriteFault.IsOne(e))
            {
                throw WriteFault.Of(final, e);
            }

            throw;
        }
    }

    /// <summary>Adds bytes to its end.</summary>
    /// <exception cref="DiskFullException">There is no room for them.</exception>
    /// <exception cref="InvalidInputException">They can't be written, or are more than the file has.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _size - Length)
        {
            throw new InvalidInputException(_final, $"gets more bytes than the {_size} that it has");
        }

        Do(bytes, static (file, bytes) =>
        {
            file._stream.Write(bytes);
            file._digest.Append(bytes);
            file.Length += bytes.Length;
        });
    }

    /// <summary>Drops what is there.</summary>
    /// <exception cref="InvalidInputException">The file system refuses.</exception>
    public void Restart() => Do([], static (file, _) =>
    {
        file._stream.SetLength(0);
        file._digest.Finish();
        file.Length = 0;
    });

    /// <summary>What the digest of a whole file is.</summary>
    /// <exception cref="InvalidOperationException">It isn't whole.</exception>
    public string Finish() => Length == _size ? _digest.Finish() : throw new InvalidOperationException($"{Length} of {_size} bytes are there");

    /// <summary>Puts the file into its place; what is there is replaced.</summary>
    /// <exception cref="DiskFullException">There is no room for its last bytes.</exception>
    /// <exception cref="InvalidInputException">It can't be put there.</exception>
    public void Place() => Do([], static (file, _) =>
    {
        file._stream.Flush(flushToDisk: true);
        File.Move(file.Path, file._final, overwrite: true);
        file._isPlaced = true;
    });

    public void Dispose()
    {
        _digest.Dispose();
        try
        {
            // before it is closed, nobody else takes it for a dead writer's
            if (!_isPlaced)
            {
                File.Delete(Path);
            }
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            // Why it isn't whole is what the caller needs to hear.
        }

        try
        {
            _stream.Dispose();
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            // Bytes that couldn't be written are of a file that isn't there any more.
        }
    }

    private static DiskFullException NoRoom(string final, long size, long? room, Exception? inner) =>
        new(final, $"needs {size} bytes, {(room is { } bytes ? $"where its disk has room for {bytes}" : "more than its disk has room for")}; free some space and run again", inner);

    /// <summary>Bytes that can be written on a path's disk; <see langword="null"/> where the system doesn't say.</summary>
    private static long? FreeBytes(string path)
    {
        try
        {
            return new DriveInfo(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!).AvailableFreeSpace;
        }
        catch (Exception e) when (WriteFault.IsOne(e) || e is ArgumentException)
        {
            return null;
        }
    }

    private void Do(ReadOnlySpan<byte> bytes, Step step)
    {
        try
        {
            step(this, bytes);
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            throw WriteFault.IsDiskFull(e) ? NoRoom(_final, _size, FreeBytes(_final) + RandomAccess.GetLength(_handle), e) : WriteFault.Of(_final, e);
        }
    }

    private delegate void Step(PartialFile file, ReadOnlySpan<byte> bytes);
}
