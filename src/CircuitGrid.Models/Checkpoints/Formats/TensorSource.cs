using System.Buffers;
using System.Runtime.InteropServices;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>A stored tensor that has been found to be what a model needs: of one or two axes, of a readable type.</summary>
internal sealed class TensorSource
{
    // What is read at once of elements that lie apart.
    private const int SpreadBytes = 1 << 18;

    private readonly StoredTensor _stored;
    private readonly int _elementSize;
    private readonly long _rowStride;
    private readonly long _columnStride;

    /// <exception cref="InvalidInputException">The shape is another than the model needs, or the type isn't one of <see cref="ElementKind"/>.</exception>
    public TensorSource(TensorSpec spec, StoredTensor stored)
    {
        _stored = stored;
        Spec = spec;
        if (!stored.Shape.SequenceEqual(spec.Shape.Select(extent => (long)extent)))
        {
            throw new InvalidInputException(stored.Where, $"has shape [{string.Join(", ", stored.Shape)}]; config.json calls for [{string.Join(", ", spec.Shape)}]");
        }

        Kind = stored.Kind ?? throw new InvalidInputException(stored.Where, $"is stored as {Text.OneLine(stored.TypeName)}; F32, F16, BF16 and F64 can be read");
        _elementSize = Kind.Size();
        Rows = spec.Shape[0];
        Columns = spec.Shape.Length == 1 ? 1 : spec.Shape[1];
        (_rowStride, _columnStride) = stored.Strides ?? (Columns, 1);

        // The stride of an axis of one entry is never used and may be anything.
        _columnStride = Columns == 1 ? 1 : _columnStride;
        _rowStride = Rows == 1 ? Columns : _rowStride;
    }

    public TensorSpec Spec { get; }

    public ElementKind Kind { get; }

    public string Path => _stored.Block.File.Path;

    public string Where => _stored.Where;

    /// <summary>Entries of the first axis.</summary>
    public int Rows { get; }

    /// <summary>Entries of the second axis, 1 where there is none.</summary>
    public int Columns { get; }

    /// <summary>Bytes of a row.</summary>
    public int RowBytes => Columns * _elementSize;

    /// <summary>Whether the rows lie in the file as they are read, one after the other.</summary>
    public bool IsContiguous => _columnStride == 1 && _rowStride == Columns;

    /// <summary>Holds the tensor's elements against the file's checksum, if it has one and this is the first time.</summary>
    /// <exception cref="InvalidInputException">They don't fit it.</exception>
    public void Verify() => _stored.Block.Verify("tensor " + Text.OneLine(_stored.Name));

    /// <summary>Reads rows from <paramref name="firstRow"/> on as stored bytes in row-major order, as many as <paramref name="destination"/> holds.</summary>
    public void ReadRows(int firstRow, Span<byte> destination)
    {
        var rows = destination.Length / RowBytes;
        var first = firstRow * _rowStride;
        if (IsContiguous)
        {
            _stored.Block.Read(_stored.FirstByte + (first * _elementSize), destination);
        }
        else if (Columns > 1 && (_columnStride == 1 || _columnStride <= _rowStride))
        {
            for (var r = 0; r < rows; r++)
            {
                ReadLine(first + (r * _rowStride), _columnStride, Columns, destination[(r * RowBytes)..], step: 1);
            }
        }
        else
        {
            for (var c = 0; c < Columns; c++)
            {
                ReadLine(first + (c * _columnStride), _rowStride, rows, destination[(c * _elementSize)..], step: Columns);
            }
        }
    }

    /// <summary>Reads elements that lie <paramref name="stride"/> apart and puts them <paramref name="step"/> apart.</summary>
    private void ReadLine(long first, long stride, int count, Span<byte> destination, int step)
    {
        if (stride == 1 && step == 1)
        {
            _stored.Block.Read(_stored.FirstByte + (first * _elementSize), destination[..(count * _elementSize)]);
            return;
        }

        var together = stride == 0 ? count : (int)Math.Min(count, 1 + (SpreadBytes / _elementSize / stride));
        var buffer = ArrayPool<byte>.Shared.Rent((int)(((together - 1) * stride) + 1) * _elementSize);
        try
        {
            for (var done = 0; done < count; done += together)
            {
                var next = Math.Min(together, count - done);
                var bytes = buffer.AsSpan(0, (int)(((next - 1) * stride) + 1) * _elementSize);
                _stored.Block.Read(_stored.FirstByte + ((first + (done * stride)) * _elementSize), bytes);
                var to = destination[(done * step * _elementSize)..];
                switch (_elementSize)
                {
                    case sizeof(ushort):
                        Spread<ushort>(bytes, stride, next, to, step);
                        break;
                    case sizeof(uint):
                        Spread<uint>(bytes, stride, next, to, step);
                        break;
                    default:
                        Spread<ulong>(bytes, stride, next, to, step);
                        break;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Spread<T>(ReadOnlySpan<byte> source, long stride, int count, Span<byte> destination, int step)
        where T : unmanaged
    {
        var from = MemoryMarshal.Cast<byte, T>(source);
        var to = MemoryMarshal.Cast<byte, T>(destination);
        for (var i = 0; i < count; i++)
        {
            to[i * step] = from[(int)(i * stride)];
        }
    }
}
