using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
    private readonly double[] shifts = Array.ConvertAll(beta, b => (double)b);

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
            bias[firstRow + r] = (float)(original[firstRow + r] + Fold(row));
        }
    }

    /// <summary>
    /// Scales a row by γ and returns its product with β: in float64, element i in lane i mod 16, so that every width gives the same bits. Products
    /// of two float32 are exact there, so it doesn't matter whether they are rounded before they are added.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Fold(Span<float> row)
    {
        const int Lanes = 16;
        var (low, high) = (Vector512<double>.Zero, Vector512<double>.Zero);
        ref var values = ref MemoryMarshal.GetReference(row);
        ref var scales = ref MemoryMarshal.GetReference(gamma.AsSpan(0, row.Length));
        ref var shiftsOf = ref MemoryMarshal.GetReference(shifts.AsSpan(0, row.Length));
        var i = 0;
        for (; i + Lanes <= row.Length; i += Lanes)
        {
            var sixteen = Vector512.LoadUnsafe(ref values, (nuint)i);
            var (first, second) = Vector512.Widen(sixteen);
            low = Vector512.FusedMultiplyAdd(first, Vector512.LoadUnsafe(ref shiftsOf, (nuint)i), low);
            high = Vector512.FusedMultiplyAdd(second, Vector512.LoadUnsafe(ref shiftsOf, (nuint)i + 8), high);
            (sixteen * Vector512.LoadUnsafe(ref scales, (nuint)i)).StoreUnsafe(ref values, (nuint)i);
        }

        var sums = low + high;
        var shift = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
        for (; i < row.Length; i++)
        {
            shift += row[i] * shifts[i];
            row[i] *= gamma[i];
        }

        return shift;
    }
}
