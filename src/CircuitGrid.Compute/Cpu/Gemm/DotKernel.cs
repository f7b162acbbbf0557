using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>
/// Dot products of some rows with some columns (rows of another matrix) at once. A dot product is 16 chains of fused multiply-adds,
/// element i in lane i mod 16, folded at the end in float64: the same bits for any vector width and any cut into runs.
/// </summary>
internal abstract unsafe class DotKernel
{
    /// <summary>Lanes of one dot product.</summary>
    public const int Lanes = 16;

    /// <summary>The kernel for the widest vectors this machine has registers for.</summary>
    public static DotKernel Best { get; } =
        Vector512.IsHardwareAccelerated ? new DotKernel512() : Vector256.IsHardwareAccelerated ? new DotKernel256() : new DotKernel128();

    /// <summary>Rows of a full tile.</summary>
    public abstract int Rows { get; }

    /// <summary>Columns of a full tile.</summary>
    public abstract int Columns { get; }

    /// <summary>Elements of a tile's lanes: [<see cref="Rows"/>][<see cref="Columns"/>][16], whatever part of the tile is used.</summary>
    public int TileLanes => Rows * Columns * Lanes;

    /// <summary>
    /// Goes on with the lanes of a tile by <paramref name="length"/> elements, a multiple of 16: row r begins at a + min(r, rows − 1)·aStride,
    /// column c at b + min(c, columns − 1)·bStride.
    /// </summary>
    public abstract void Accumulate(float* a, nint aStride, int rows, float* b, nint bStride, int columns, int length, float* lanes);

    /// <summary><see cref="Accumulate"/> for any length: the lanes beyond the last element stay as they are.</summary>
    public void AccumulateAll(float* a, nint aStride, int rows, float* b, nint bStride, int columns, int length, float* lanes)
    {
        var whole = length & -Lanes;
        Accumulate(a, aStride, rows, b, bStride, columns, whole, lanes);
        if (whole == length)
        {
            return;
        }

        var padding = stackalloc float[(Rows + Columns) * Lanes];
        Pad(a + whole, aStride, rows, length - whole, padding);
        Pad(b + whole, bStride, columns, length - whole, padding + (Rows * Lanes));
        Accumulate(padding, Lanes, rows, padding + (Rows * Lanes), Lanes, columns, Lanes, lanes);
    }

    /// <summary>The sum of 16 lanes in float64: halves are added to each other until one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Fold(float* lanes)
    {
        var (a, b) = Vector256.Widen(Vector256.Load(lanes));
        var (c, d) = Vector256.Widen(Vector256.Load(lanes + 8));
        return Fold(a + c, b + d);
    }

    /// <summary>The mean of <paramref name="length"/> elements, summed in 16 float64 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Mean(float* x, int length)
    {
        Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i + Lanes <= length; i += Lanes)
        {
            Add(x + i, ref s0, ref s1, ref s2, ref s3);
        }

        if (i < length)
        {
            var padding = stackalloc float[Lanes];
            Pad(x + i, 0, 1, length - i, padding);
            Add(padding, ref s0, ref s1, ref s2, ref s3);
        }

        return (float)(Fold(s0 + s2, s1 + s3) / length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* x, ref Vector256<double> s0, ref Vector256<double> s1, ref Vector256<double> s2, ref Vector256<double> s3)
    {
        var (x0, x1) = Vector256.Widen(Vector256.Load(x));
        var (x2, x3) = Vector256.Widen(Vector256.Load(x + 8));
        s0 += x0;
        s1 += x1;
        s2 += x2;
        s3 += x3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Fold(Vector256<double> low, Vector256<double> high)
    {
        var four = low + high;
        var two = four.GetLower() + four.GetUpper();
        return two.ToScalar() + two.GetElement(1);
    }

    private static void Pad(float* from, nint stride, int rows, int count, float* to)
    {
        new Span<float>(to, rows * Lanes).Clear();
        for (var r = 0; r < rows; r++)
        {
            new ReadOnlySpan<float>(from + (r * stride), count).CopyTo(new Span<float>(to + (r * Lanes), count));
        }
    }
}
