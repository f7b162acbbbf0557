using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>Reads tensors as float32 and checks every value, in chunks that stay in a core's cache between reading and converting.</summary>
internal static class TensorReader
{
    private const int ChunkElements = 128 << 10;

    // Gathering columns takes one read a column, so its chunks had better be tall.
    private const int StridedChunkElements = 1 << 20;

    // Below this, starting threads costs more than it saves.
    private const int ParallelFromElements = 1 << 20;

    /// <summary>Fills <paramref name="destination"/> with whole rows from <paramref name="firstRow"/> on.</summary>
    /// <exception cref="InvalidInputException">A value isn't finite or too large for float32, or the file can't be read.</exception>
    public static unsafe void Read(TensorSource tensor, int firstRow, Span<float> destination)
    {
        tensor.Verify();
        var rows = destination.Length / tensor.Columns;
        var rowsPerChunk = Math.Max(1, (tensor.IsContiguous ? ChunkElements : StridedChunkElements) / tensor.Columns);
        var chunks = (rows + rowsPerChunk - 1) / rowsPerChunk;
        if (chunks == 1 || destination.Length < ParallelFromElements)
        {
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                var start = chunk * rowsPerChunk;
                ReadChunk(tensor, firstRow + start, destination.Slice(start * tensor.Columns, Math.Min(rowsPerChunk, rows - start) * tensor.Columns));
            }

            return;
        }

        (int Chunk, InvalidInputException Error)? first = null;
        var gate = new Lock();
        fixed (float* pinned = destination)
        {
            var values = pinned;
            Parallel.For(0, chunks, (chunk, loop) =>
            {
                var start = chunk * rowsPerChunk;
                var count = Math.Min(rowsPerChunk, rows - start);
                try
                {
                    ReadChunk(tensor, firstRow + start, new Span<float>(values + ((long)start * tensor.Columns), count * tensor.Columns));
                }
                catch (InvalidInputException error)
                {
                    // Break lets all earlier chunks finish, so the error reported is the same in every run.
                    loop.Break();
                    lock (gate)
                    {
                        if (first is null || chunk < first.Value.Chunk)
                        {
                            first = (chunk, error);
                        }
                    }
                }
            });
        }

        if (first is { } failure)
        {
            throw failure.Error;
        }
    }

    /// <summary>Whether two tensors of one shape are read as the same numbers, whatever types they are stored in; NaN counts as equal to itself.</summary>
    /// <exception cref="InvalidInputException">A file can't be read.</exception>
    public static bool AreEqual(TensorSource a, TensorSource b)
    {
        a.Verify();
        b.Verify();
        var rowsPerChunk = Math.Min(a.Rows, Math.Max(1, ChunkElements / a.Columns));
        var (x, y) = (new float[rowsPerChunk * a.Columns], new float[rowsPerChunk * a.Columns]);
        for (var row = 0; row < a.Rows; row += rowsPerChunk)
        {
            var length = Math.Min(rowsPerChunk, a.Rows - row) * a.Columns;
            AreFinite(a, row, x.AsSpan(0, length));
            AreFinite(b, row, y.AsSpan(0, length));
            if (!x.AsSpan(0, length).SequenceEqual(y.AsSpan(0, length)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Stored elements as float32.</summary>
    /// <param name="kind">What they are stored as.</param>
    /// <param name="bytes">They.</param>
    /// <param name="destination">As many elements.</param>
    /// <param name="streaming">Whether to store 16-bit elements as <see cref="StreamingStore"/> does.</param>
    /// <returns>Whether every result is finite.</returns>
    public static bool Widen(ElementKind kind, ReadOnlySpan<byte> bytes, Span<float> destination, bool streaming = false)
    {
        switch (kind)
        {
            case ElementKind.F32:
                bytes.CopyTo(MemoryMarshal.AsBytes(destination));
                return HalfPrecision.IndexOfNonFinite(destination) < 0;
            case ElementKind.F64:
                return Narrow(MemoryMarshal.Cast<byte, double>(bytes), destination);
            case ElementKind.F16:
                return HalfPrecision.WidenHalf(MemoryMarshal.Cast<byte, ushort>(bytes), destination, streaming);
            default:
                return HalfPrecision.WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), destination, streaming);
        }
    }

    private static void ReadChunk(TensorSource tensor, int firstRow, Span<float> destination)
    {
        if (AreFinite(tensor, firstRow, destination))
        {
            return;
        }

        var index = HalfPrecision.IndexOfNonFinite(destination);
        var row = firstRow + (index / tensor.Columns);
        var position = tensor.Spec.Shape.Length == 1 ? $"[{row}]" : $"[{row}, {index % tensor.Columns}]";
        if (tensor.Kind == ElementKind.F64 && FindLargeNumber(tensor, row, index % tensor.Columns) is { } large)
        {
            throw new InvalidInputException(tensor.Where, string.Create(CultureInfo.InvariantCulture, $"element {position} is {large:R}; weights are read as float32, which holds up to {float.MaxValue:R}"));
        }

        throw new InvalidInputException(tensor.Where, $"element {position} is {(float.IsNaN(destination[index]) ? "NaN" : "infinite")}; the file is damaged or training diverged");
    }

    /// <summary>An element of a float64 tensor, if it is a number.</summary>
    private static double? FindLargeNumber(TensorSource tensor, int row, int column)
    {
        var values = new double[tensor.Columns];
        tensor.ReadRows(row, MemoryMarshal.AsBytes(values.AsSpan()));
        return double.IsFinite(values[column]) ? values[column] : null;
    }

    /// <summary>Reads rows and says whether all their elements are finite.</summary>
    private static unsafe bool AreFinite(TensorSource tensor, int firstRow, Span<float> destination)
    {
        if (tensor.Kind == ElementKind.F32)
        {
            tensor.ReadRows(firstRow, MemoryMarshal.AsBytes(destination));
            return HalfPrecision.IndexOfNonFinite(destination) < 0;
        }

        var length = destination.Length * tensor.Kind.Size();
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var bytes = buffer.AsSpan(0, length);
            tensor.ReadRows(firstRow, bytes);
            fixed (float* to = destination)
            {
                var streaming = StreamingStore.Suits(to, destination.Length);
                var finite = Widen(tensor.Kind, bytes, destination, streaming);
                if (streaming)
                {
                    StreamingStore.Flush();
                }

                return finite;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Rounds to the nearest float32, ties to even; too large a magnitude becomes infinite.</summary>
    /// <returns>Whether every result is finite.</returns>
    private static bool Narrow(ReadOnlySpan<double> source, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++)
        {
            destination[i] = (float)source[i];
        }

        return HalfPrecision.IndexOfNonFinite(destination) < 0;
    }
}
