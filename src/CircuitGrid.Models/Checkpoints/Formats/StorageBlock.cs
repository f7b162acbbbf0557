using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>A run of bytes in a checkpoint file that holds the elements of one tensor or of several.</summary>
internal sealed class StorageBlock(SourceFile file, long offset, long length)
{
    public SourceFile File => file;

    /// <summary>Bytes of the block.</summary>
    public long Length => length;

    /// <exception cref="InvalidInputException">Reading fails, or the file got shorter since it was opened.</exception>
    public void Read(long at, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(at);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, length - at, nameof(destination));
        file.ReadExactly(offset + at, destination);
    }
}
