using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Models.Checkpoints.Formats;

namespace CircuitGrid.Models.Architectures.Weights;

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
    private const int Lanes = 16;

    /// <summary>Elements that are read before they are folded.</summary>
    private const int HeldElements = 32 << 10;

    private readonly float[] original = [.. bias];
    private readonly double[] shifts = Array.ConvertAll(beta, b => (double)b);

    internal delegate void RowReader(int firstRow, Span<float> destination);

    public int Rows => rows;

    public int Columns => columns;

    /// <summary>b′ [out].</summary>
    public float[] Bias => bias;

    public unsafe void CopyRows(int firstRow, Span<float> destination)
    {
        var rows = destination.Length / columns;
        var most = Math.Max(1, HeldElements / columns);
        var held = ArrayPool<float>.Shared.Rent(Math.Min(most, rows) * columns);
        try
        {
            fixed (float* to = destination)
            {
                var streaming = columns % Lanes == 0 && StreamingStore.Suits(to, destination.Length);
                for (var first = 0; first < rows; first += most)
                {
                    var count = Math.Min(most, rows - first);
                    readRows(firstRow + first, held.AsSpan(0, count * columns));
                    for (var r = first; r < first + count; r++)
                    {
                        var row = held.AsSpan((r - first) * columns, columns);
                        var scaled = destination.Slice(r * columns, columns);
                        bias[firstRow + r] = (float)(original[firstRow + r] + (streaming ? Fold<StreamingStore>(row, scaled) : Fold<CachedStore>(row, scaled)));
                    }
                }
            }
        }
        finally
        {
            StreamingStore.Flush();
            ArrayPool<float>.Shared.Return(held);
        }
    }

    /// <summary>
    /// Scales a row by γ and returns its product with β: in float64, element i in lane i mod 16, so that every width gives the same bits. Products
    /// of two float32 are exact there, so it doesn't matter whether they are rounded before they are added.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Fold<TStore>(ReadOnlySpan<float> row, Span<float> scaled)
        where TStore : struct, IVectorStore
    {
        var (low, high) = (Vector512<double>.Zero, Vector512<double>.Zero);
        ref var values = ref MemoryMarshal.GetReference(row);
        ref var to = ref MemoryMarshal.GetReference(scaled);
        ref var scales = ref MemoryMarshal.GetReference(gamma.AsSpan(0, row.Length));
        ref var shiftsOf = ref MemoryMarshal.GetReference(shifts.AsSpan(0, row.Length));
        var i = 0;
        for (; i + Lanes <= row.Length; i += Lanes)
        {
            var sixteen = Vector512.LoadUnsafe(ref values, (nuint)i);
            var (first, second) = Vector512.Widen(sixteen);
            low = Vector512.FusedMultiplyAdd(first, Vector512.LoadUnsafe(ref shiftsOf, (nuint)i), low);
            high = Vector512.FusedMultiplyAdd(second, Vector512.LoadUnsafe(ref shiftsOf, (nuint)i + 8), high);
            TStore.Store(sixteen * Vector512.LoadUnsafe(ref scales, (nuint)i), ref to, (nuint)i);
        }

        var sums = low + high;
        var shift = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
        for (; i < row.Length; i++)
        {
            shift += row[i] * shifts[i];
            scaled[i] = row[i] * gamma[i];
        }

        return shift;
    }
}
