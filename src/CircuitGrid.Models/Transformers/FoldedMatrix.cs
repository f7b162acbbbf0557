namespace CircuitGrid.Models.Transformers;

/// <summary>
/// Rows of a matrix W[out, in] with a LayerNorm folded in as they are read: W′ = W·diag(γ) and b′ = b + W·β.
/// </summary>
/// <param name="readRows">Reads rows of W from the given one on.</param>
/// <param name="rows">Outputs.</param>
/// <param name="columns">Inputs.</param>
/// <param name="gamma">γ [in].</param>
/// <param name="beta">β [in].</param>
/// <param name="bias">b [out]; becomes b′ once every row was read.</param>
internal sealed class FoldedMatrix(FoldedMatrix.RowReader readRows, int rows, int columns, float[] gamma, float[] beta, float[] bias) : IBiasedMatrix
{
    private readonly float[] original = [.. bias];

    internal delegate void RowReader(int firstRow, Span<float> destination);

    public int Rows => rows;

    public int Columns => columns;

    /// <summary>b′ [out].</summary>
    public float[] Bias => bias;

    public void CopyRows(int firstRow, Span<float> destination)
    {
        readRows(firstRow, destination);
        for (var r = 0; r < destination.Length / columns; r++)
        {
            var row = destination.Slice(r * columns, columns);
            double shift = original[firstRow + r];
            for (var i = 0; i < row.Length; i++)
            {
                shift += (double)row[i] * beta[i];
                row[i] *= gamma[i];
            }

            bias[firstRow + r] = (float)shift;
        }
    }
}
