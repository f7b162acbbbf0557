using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>A tensor as a file says it lies there.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="TypeName">The file's word for its element type.</param>
/// <param name="Kind">That type, or <see langword="null"/> if it isn't one that weights are read from.</param>
/// <param name="Shape">Extents, slowest axis first.</param>
/// <param name="Block">Where its elements lie.</param>
/// <param name="FirstByte">Byte of the block at which it starts.</param>
internal sealed record StoredTensor(string Name, string TypeName, ElementKind? Kind, ImmutableArray<long> Shape, StorageBlock Block, long FirstByte)
{
    /// <summary>Elements from one entry of the first axis to the next, and likewise of the second; row-major order without them.</summary>
    public (long Row, long Column)? Strides { get; init; }

    /// <summary>File and tensor, as messages name them.</summary>
    public string Where => $"{Block.File.Path}: tensor {Text.OneLine(Name)}";
}

/// <summary>A stored tensor that has been found to be what a model needs: of one or two axes, of a readable type.</summary>
internal sealed class TensorSource
{
    private readonly StoredTensor _stored;
    private readonly int _elementSize;
    private readonly long _rowStride;
    private readonly long _columnStride;

    /// <exception cref="InvalidInputException">The shape or type is another than the model needs, or the strides aren't readable.</exception>
    public TensorSource(TensorSpec spec, StoredTensor stored)
    {
        _stored = stored;
        Spec = spec;
        if (!stored.Shape.SequenceEqual(spec.Shape.Select(extent => (long)extent)))
        {
            throw new InvalidInputException(stored.Where, $"has shape [{string.Join(", ", stored.Shape)}]; config.json calls for [{string.Join(", ", spec.Shape)}]");
        }

        Kind = stored.Kind ?? throw new InvalidInputException(stored.Where, $"is stored as {Text.OneLine(stored.TypeName)}; F32, F16 and BF16 can be read");
        _elementSize = Kind.Size();
        Rows = spec.Shape[0];
        Columns = spec.Shape.Length == 1 ? 1 : spec.Shape[1];
        (_rowStride, _columnStride) = stored.Strides ?? (Columns, 1);

        // The stride of an axis of one entry is never used and may be anything.
        _columnStride = Columns == 1 ? 1 : _columnStride;
        _rowStride = Rows == 1 ? Columns : _rowStride;
        if (!(_columnStride == 1 && _rowStride >= Columns) && !(_rowStride == 1 && _columnStride >= Rows))
        {
            throw new InvalidInputException(stored.Where, $"has strides ({_rowStride}, {_columnStride}), neither by rows nor by columns; save it with .contiguous()");
        }
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
        if (IsContiguous)
        {
            _stored.Block.Read(_stored.FirstByte + ((long)firstRow * RowBytes), destination);
        }
        else if (_columnStride == 1)
        {
            for (var row = firstRow; !destination.IsEmpty; row++, destination = destination[RowBytes..])
            {
                _stored.Block.Read(_stored.FirstByte + (row * _rowStride * _elementSize), destination[..RowBytes]);
            }
        }
        else
        {
            ReadTransposed(firstRow, destination);
        }
    }

    private void ReadTransposed(int firstRow, Span<byte> destination)
    {
        var rows = destination.Length / RowBytes;
        var column = new byte[rows * _elementSize];
        for (var c = 0; c < Columns; c++)
        {
            _stored.Block.Read(_stored.FirstByte + ((firstRow + (c * _columnStride)) * _elementSize), column);
            for (var r = 0; r < rows; r++)
            {
                column.AsSpan(r * _elementSize, _elementSize).CopyTo(destination.Slice((r * RowBytes) + (c * _elementSize), _elementSize));
            }
        }
    }
}
