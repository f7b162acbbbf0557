using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>4 × 3 tiles in vectors of eight lanes: twice over the elements, half of the lanes each time.</summary>
internal sealed unsafe class DotKernel256 : DotKernel
{
    public override int Rows => 4;

    public override int Columns => 3;

    public override void Accumulate(float* a, nint aStride, int rows, float* b, nint bStride, int columns, int length, float* lanes)
    {
        for (var lane = 0; lane < Lanes; lane += Vector256<float>.Count)
        {
            AccumulateLanes(a + lane, aStride, rows, b + lane, bStride, columns, length, lanes + lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AccumulateLanes(float* a, nint aStride, int rows, float* b, nint bStride, int columns, int length, float* lanes)
    {
        // A smaller tile computes its last row and column several times over.
        var a0 = a;
        var a1 = a + (Math.Min(1, rows - 1) * aStride);
        var a2 = a + (Math.Min(2, rows - 1) * aStride);
        var a3 = a + (Math.Min(3, rows - 1) * aStride);
        var b0 = b;
        var b1 = b + (Math.Min(1, columns - 1) * bStride);
        var b2 = b + (Math.Min(2, columns - 1) * bStride);
        var c00 = Vector256.Load(lanes);
        var c01 = Vector256.Load(lanes + Lanes);
        var c02 = Vector256.Load(lanes + (2 * Lanes));
        var c10 = Vector256.Load(lanes + (3 * Lanes));
        var c11 = Vector256.Load(lanes + (4 * Lanes));
        var c12 = Vector256.Load(lanes + (5 * Lanes));
        var c20 = Vector256.Load(lanes + (6 * Lanes));
        var c21 = Vector256.Load(lanes + (7 * Lanes));
        var c22 = Vector256.Load(lanes + (8 * Lanes));
        var c30 = Vector256.Load(lanes + (9 * Lanes));
        var c31 = Vector256.Load(lanes + (10 * Lanes));
        var c32 = Vector256.Load(lanes + (11 * Lanes));
        for (nint i = 0; i < length; i += Lanes)
        {
            var y0 = Vector256.Load(b0 + i);
            var y1 = Vector256.Load(b1 + i);
            var y2 = Vector256.Load(b2 + i);
            var x = Vector256.Load(a0 + i);
            c00 = Vector256.FusedMultiplyAdd(x, y0, c00);
            c01 = Vector256.FusedMultiplyAdd(x, y1, c01);
            c02 = Vector256.FusedMultiplyAdd(x, y2, c02);
            x = Vector256.Load(a1 + i);
            c10 = Vector256.FusedMultiplyAdd(x, y0, c10);
            c11 = Vector256.FusedMultiplyAdd(x, y1, c11);
            c12 = Vector256.FusedMultiplyAdd(x, y2, c12);
            x = Vector256.Load(a2 + i);
            c20 = Vector256.FusedMultiplyAdd(x, y0, c20);
            c21 = Vector256.FusedMultiplyAdd(x, y1, c21);
            c22 = Vector256.FusedMultiplyAdd(x, y2, c22);
            x = Vector256.Load(a3 + i);
            c30 = Vector256.FusedMultiplyAdd(x, y0, c30);
            c31 = Vector256.FusedMultiplyAdd(x, y1, c31);
            c32 = Vector256.FusedMultiplyAdd(x, y2, c32);
        }

        c00.Store(lanes);
        c01.Store(lanes + Lanes);
        c02.Store(lanes + (2 * Lanes));
        c10.Store(lanes + (3 * Lanes));
        c11.Store(lanes + (4 * Lanes));
        c12.Store(lanes + (5 * Lanes));
        c20.Store(lanes + (6 * Lanes));
        c21.Store(lanes + (7 * Lanes));
        c22.Store(lanes + (8 * Lanes));
        c30.Store(lanes + (9 * Lanes));
        c31.Store(lanes + (10 * Lanes));
        c32.Store(lanes + (11 * Lanes));
    }
}
