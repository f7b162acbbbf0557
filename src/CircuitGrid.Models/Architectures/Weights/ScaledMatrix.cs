using CircuitGrid.Compute;

namespace CircuitGrid.Models.Architectures.Weights;

/// <summary>A matrix times a factor.</summary>
internal sealed class ScaledMatrix(IMatrixSource matrix, float factor) : IMatrixSource
{
    public int Rows => matrix.Rows;

    public int Columns => matrix.Columns;

    public void CopyRows(int firstRow, Span<float> destination)
    {
        matrix.CopyRows(firstRow, destination);
        foreach (ref var value in destination)
        {
            value *= factor;
        }
    }
}
