using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>6 × 4 tiles, a vector of 16 lanes for each dot product: 24 multiply-adds for ten loads.</summary>
internal sealed unsafe class DotKernel512 : DotKernel
{
    public override int Rows => 6;

    public override int Columns => 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Accumulate(float* a, nint aStride, int rows, float* b, nint bStride, int columns, int length, float* lanes)
    {
        // A smaller tile computes its last row and column several times over.
        var a0 = a;
        var a1 = a + (Math.Min(1, rows - 1) * aStride);
        var a2 = a + (Math.Min(2, rows - 1) * aStride);
        var a3 = a + (Math.Min(3, rows - 1) * aStride);
        var a4 = a + (Math.Min(4, rows - 1) * aStride);
        var a5 = a + (Math.Min(5, rows - 1) * aStride);
        var b0 = b;
        var b1 = b + (Math.Min(1, columns - 1) * bStride);
        var b2 = b + (Math.Min(2, columns - 1) * bStride);
        var b3 = b + (Math.Min(3, columns - 1) * bStride);
        var c00 = Vector512.Load(lanes);
        var c01 = Vector512.Load(lanes + Lanes);
        var c02 = Vector512.Load(lanes + (2 * Lanes));
        var c03 = Vector512.Load(lanes + (3 * Lanes));
        var c10 = Vector512.Load(lanes + (4 * Lanes));
        var c11 = Vector512.Load(lanes + (5 * Lanes));
        var c12 = Vector512.Load(lanes + (6 * Lanes));
        var c13 = Vector512.Load(lanes + (7 * Lanes));
        var c20 = Vector512.Load(lanes + (8 * Lanes));
        var c21 = Vector512.Load(lanes + (9 * Lanes));
        var c22 = Vector512.Load(lanes + (10 * Lanes));
        var c23 = Vector512.Load(lanes + (11 * Lanes));
        var c30 = Vector512.Load(lanes + (12 * Lanes));
        var c31 = Vector512.Load(lanes + (13 * Lanes));
        var c32 = Vector512.Load(lanes + (14 * Lanes));
        var c33 = Vector512.Load(lanes + (15 * Lanes));
        var c40 = Vector512.Load(lanes + (16 * Lanes));
        var c41 = Vector512.Load(lanes + (17 * Lanes));
        var c42 = Vector512.Load(lanes + (18 * Lanes));
        var c43 = Vector512.Load(lanes + (19 * Lanes));
        var c50 = Vector512.Load(lanes + (20 * Lanes));
        var c51 = Vector512.Load(lanes + (21 * Lanes));
        var c52 = Vector512.Load(lanes + (22 * Lanes));
        var c53 = Vector512.Load(lanes + (23 * Lanes));
        for (nint i = 0; i < length; i += Lanes)
        {
            var y0 = Vector512.Load(b0 + i);
            var y1 = Vector512.Load(b1 + i);
            var y2 = Vector512.Load(b2 + i);
            var y3 = Vector512.Load(b3 + i);
            var x = Vector512.Load(a0 + i);
            c00 = Vector512.FusedMultiplyAdd(x, y0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, y1, c01);
            c02 = Vector512.FusedMultiplyAdd(x, y2, c02);
            c03 = Vector512.FusedMultiplyAdd(x, y3, c03);
            x = Vector512.Load(a1 + i);
            c10 = Vector512.FusedMultiplyAdd(x, y0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, y1, c11);
            c12 = Vector512.FusedMultiplyAdd(x, y2, c12);
            c13 = Vector512.FusedMultiplyAdd(x, y3, c13);
            x = Vector512.Load(a2 + i);
            c20 = Vector512.FusedMultiplyAdd(x, y0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, y1, c21);
            c22 = Vector512.FusedMultiplyAdd(x, y2, c22);
            c23 = Vector512.FusedMultiplyAdd(x, y3, c23);
            x = Vector512.Load(a3 + i);
            c30 = Vector512.FusedMultiplyAdd(x, y0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, y1, c31);
            c32 = Vector512.FusedMultiplyAdd(x, y2, c32);
            c33 = Vector512.FusedMultiplyAdd(x, y3, c33);
            x = Vector512.Load(a4 + i);
            c40 = Vector512.FusedMultiplyAdd(x, y0, c40);
            c41 = Vector512.FusedMultiplyAdd(x, y1, c41);
            c42 = Vector512.FusedMultiplyAdd(x, y2, c42);
            c43 = Vector512.FusedMultiplyAdd(x, y3, c43);
            x = Vector512.Load(a5 + i);
            c50 = Vector512.FusedMultiplyAdd(x, y0, c50);
            c51 = Vector512.FusedMultiplyAdd(x, y1, c51);
            c52 = Vector512.FusedMultiplyAdd(x, y2, c52);
            c53 = Vector512.FusedMultiplyAdd(x, y3, c53);
        }

        c00.Store(lanes);
        c01.Store(lanes + Lanes);
        c02.Store(lanes + (2 * Lanes));
        c03.Store(lanes + (3 * Lanes));
        c10.Store(lanes + (4 * Lanes));
        c11.Store(lanes + (5 * Lanes));
        c12.Store(lanes + (6 * Lanes));
        c13.Store(lanes + (7 * Lanes));
        c20.Store(lanes + (8 * Lanes));
        c21.Store(lanes + (9 * Lanes));
        c22.Store(lanes + (10 * Lanes));
        c23.Store(lanes + (11 * Lanes));
        c30.Store(lanes + (12 * Lanes));
        c31.Store(lanes + (13 * Lanes));
        c32.Store(lanes + (14 * Lanes));
        c33.Store(lanes + (15 * Lanes));
        c40.Store(lanes + (16 * Lanes));
        c41.Store(lanes + (17 * Lanes));
        c42.Store(lanes + (18 * Lanes));
        c43.Store(lanes + (19 * Lanes));
        c50.Store(lanes + (20 * Lanes));
        c51.Store(lanes + (21 * Lanes));
        c52.Store(lanes + (22 * Lanes));
        c53.Store(lanes + (23 * Lanes));
    }
}
