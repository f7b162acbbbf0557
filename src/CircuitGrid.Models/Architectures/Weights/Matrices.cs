using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Architectures.Weights;

/// <summary>A checkpoint's [rows, columns] tensor, read as it is.</summary>
internal sealed class TensorMatrix(ITensorSource source, string name, int rows, int columns) : IMatrixSource
{
    public int Rows => rows;

    public int Columns => columns;

    public void CopyRows(int firstRow, Span<float> destination) => source.ReadRows(name, firstRow, destination);
}

internal static class Matrices
{
    /// <summary>The transpose of a row-major [rows, columns] matrix, in tiles that stay in cache.</summary>
    public static float[] Transpose(float[] values, int rows, int columns)
    {
        const int Tile = 32;
        var result = new float[values.Length];
        for (var r0 = 0; r0 < rows; r0 += Tile)
        {
            for (var c0 = 0; c0 < columns; c0 += Tile)
            {
                for (var r = r0; r < Math.Min(r0 + Tile, rows); r++)
                {
                    for (var c = c0; c < Math.Min(c0 + Tile, columns); c++)
                    {
                        result[(c * rows) + r] = values[(r * columns) + c];
                    }
                }
            }
        }

        return result;
    }
}
