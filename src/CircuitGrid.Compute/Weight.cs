namespace CircuitGrid.Compute;

/// <summary>
/// A constant matrix W of shape [<see cref="Outputs"/>, <see cref="Inputs"/>] in whatever form its device multiplies fastest:
/// packed in panels, cast, uploaded. It has no elements to read.
/// </summary>
public abstract class Weight(int outputs, int inputs) : IDisposable
{
    public int Outputs { get; } = outputs;

    public int Inputs { get; } = inputs;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

/// <summary>
/// Where a <see cref="Weight"/> comes from: a matrix that is read some rows at a time, so that a checkpoint on disk
/// becomes a prepared weight without a second full copy in memory.
/// </summary>
public interface IMatrixSource
{
    /// <summary>
    /// Elements from which on a source may store past the caches what it writes to the beginning of a cache line: so much isn't read again soon, unless its
    /// reader says otherwise by beginning elsewhere.
    /// </summary>
    const int StreamedElements = 64 << 10;

    /// <summary>Number of rows: the weight's outputs.</summary>
    int Rows { get; }

    /// <summary>Number of columns: the weight's inputs.</summary>
    int Columns { get; }

    /// <summary>Writes rows <paramref name="firstRow"/> … as float32, as many as fit <paramref name="destination"/> (a multiple of <see cref="Columns"/>).</summary>
    void CopyRows(int firstRow, Span<float> destination);
}

/// <summary>A matrix that is already in memory, row-major.</summary>
public sealed class ArrayMatrix(ReadOnlyMemory<float> values, int rows, int columns) : IMatrixSource
{
    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public void CopyRows(int firstRow, Span<float> destination) =>
        values.Span.Slice(firstRow * Columns, destination.Length).CopyTo(destination);
}

/// <summary>The transpose of a matrix that is read by rows. A device that prepares one may read what is stored, each row once.</summary>
public sealed class TransposedMatrix(IMatrixSource stored) : IMatrixSource
{
    /// <summary>Elements of the stored matrix that are held at once.</summary>
    private const int HeldElements = 1 << 16;

    /// <summary>The matrix as it is read.</summary>
    public IMatrixSource Stored => stored;

    public int Rows => stored.Columns;

    public int Columns => stored.Rows;

    /// <summary>Reads all of the stored matrix for the columns that are asked for.</summary>
    /// <inheritdoc/>
    public void CopyRows(int firstRow, Span<float> destination)
    {
        var rows = destination.Length / Math.Max(1, Columns);
        var held = Math.Max(1, HeldElements / Math.Max(1, Rows));
        var values = new float[Math.Min(held, Columns) * Rows];
        for (var first = 0; first < Columns; first += held)
        {
            var count = Math.Min(held, Columns - first);
            stored.CopyRows(first, values.AsSpan(0, count * Rows));
            for (var c = 0; c < count; c++)
            {
                for (var r = 0; r < rows; r++)
                {
                    destination[(r * Columns) + first + c] = values[(c * Rows) + firstRow + r];
                }
            }
        }
    }
}
