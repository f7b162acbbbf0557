using System.Collections.Immutable;

namespace CircuitGrid.Compute;

/// <summary>
/// A dense row-major array on a device. Only the device that made it can look inside; everybody else sees its shape.
/// Disposing it gives the memory back to the device's pool; a <see cref="Slice"/> borrows its parent's memory and disposing it does nothing.
/// </summary>
public abstract class Tensor : IDisposable
{
    protected Tensor(ImmutableArray<int> shape, ElementType elementType)
    {
        Shape = shape;
        ElementType = elementType;
        Length = 1;
        foreach (var extent in shape)
        {
            Length = checked(Length * extent);
        }
    }

    /// <summary>Extents, slowest axis first.</summary>
    public ImmutableArray<int> Shape { get; }

    public ElementType ElementType { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Number of rows: the product of all extents but the last.</summary>
    public int Rows => Columns == 0 ? 0 : checked((int)(Length / Columns));

    /// <summary>The last extent.</summary>
    public int Columns => Shape[^1];

    /// <summary>A view of <paramref name="count"/> entries of the first axis, from <paramref name="start"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the first axis.</exception>
    public abstract Tensor Slice(int start, int count);

    /// <summary>The same elements under another shape of the same length.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public abstract Tensor Reshape(params ReadOnlySpan<int> shape);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    public override string ToString() => $"{ElementType}[{string.Join(',', Shape)}]";
}
