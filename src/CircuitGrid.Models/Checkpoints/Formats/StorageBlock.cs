using System.Buffers;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>A run of bytes in a checkpoint file that holds the elements of one tensor or of several.</summary>
/// <param name="file">The file.</param>
/// <param name="offset">Byte of the file at which the block starts.</param>
/// <param name="length">Bytes of the block.</param>
/// <param name="checksum">CRC-32 of the block, where the format has one.</param>
internal sealed class StorageBlock(SourceFile file, long offset, long length, uint? checksum = null)
{
    private const int ChunkBytes = 1 << 18;

    private readonly Lock _gate = new();
    private volatile bool _isVerified = checksum is null;

    public SourceFile File => file;

    public long Length => length;

    /// <exception cref="InvalidInputException">Reading fails, or the file got shorter since it was opened.</exception>
    public void Read(long at, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(at);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, length - at, nameof(destination));
        file.ReadExactly(offset + at, destination);
    }

    /// <summary>
    /// Holds the whole block against its checksum, the first time it is asked to. Callers do so before they use any of it: rows are read
    /// piece by piece and in any order, so there is no later moment at which all of it has been seen.
    /// </summary>
    /// <param name="what">What messages call the contents.</param>
    /// <exception cref="InvalidInputException">The checksum is another.</exception>
    public void Verify(string what)
    {
        if (_isVerified)
        {
            return;
        }

        lock (_gate)
        {
            if (_isVerified)
            {
                return;
            }

            var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
            uint actual = 0;
            for (long at = 0; at < length; at += ChunkBytes)
            {
                var chunk = buffer.AsSpan(0, (int)Math.Min(ChunkBytes, length - at));
                Read(at, chunk);
                actual = Crc32.Append(actual, chunk);
            }

            ArrayPool<byte>.Shared.Return(buffer);
            if (actual != checksum)
            {
                throw new InvalidInputException($"{file.Path}: {what}", $"the {length} bytes from {offset} on have checksum {actual:x8} instead of {checksum:x8}; the file is damaged, fetch it again");
            }

            _isVerified = true;
        }
    }
}
