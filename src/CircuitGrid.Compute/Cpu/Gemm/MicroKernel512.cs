using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>
/// 12 × 32 tiles: 24 accumulators, a row of B (two vectors) and an element of A stay in 27 of the 32 registers of a machine with 512-bit
/// vectors, so 24 multiply-adds hide the 14 loads beside them. They are named one by one because RyuJIT keeps no array in registers.
/// </summary>
internal sealed unsafe class MicroKernel512 : MicroKernel
{
    private const int FewRows = 4;

    public override int Rows => 12;

    public override int Panels => 2;

    public override int NextRows(int remaining) => remaining >= Rows ? Rows : Math.Min(remaining, FewRows);

    public override void Multiply(
        int rows, int inner, float* a, nint rowStride, nint innerStride, float* panels, nint panelStride, float* source, float* target, nint targetStride)
    {
        if (rows == Rows)
        {
            Multiply12(inner, a, rowStride, innerStride, panels, panels + panelStride, source, target, targetStride);
        }
        else
        {
            MultiplyFew(rows, inner, a, rowStride, innerStride, panels, panels + panelStride, source, target, targetStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply12(
        int inner, float* a, nint rowStride, nint innerStride, float* left, float* right, float* source, float* target, nint targetStride)
    {
        // Four pointers, each for three rows: twelve would not fit the general registers.
        var a0 = a;
        var a3 = a + (3 * rowStride);
        var a6 = a + (6 * rowStride);
        var a9 = a + (9 * rowStride);
        Vector512<float> c0L, c0R, c1L, c1R, c2L, c2R, c3L, c3R, c4L, c4R, c5L, c5R;
        Vector512<float> c6L, c6R, c7L, c7R, c8L, c8R, c9L, c9R, c10L, c10R, c11L, c11R;
        if (source == null)
        {
            c0L = c0R = c1L = c1R = c2L = c2R = c3L = c3R = Vector512<float>.Zero;
            c4L = c4R = c5L = c5R = c6L = c6R = c7L = c7R = Vector512<float>.Zero;
            c8L = c8R = c9L = c9R = c10L = c10R = c11L = c11R = Vector512<float>.Zero;
        }
        else
        {
            Load(source, 0, out c0L, out c0R);
            Load(source, 1, out c1L, out c1R);
            Load(source, 2, out c2L, out c2R);
            Load(source, 3, out c3L, out c3R);
            Load(source, 4, out c4L, out c4R);
            Load(source, 5, out c5L, out c5R);
            Load(source, 6, out c6L, out c6R);
            Load(source, 7, out c7L, out c7R);
            Load(source, 8, out c8L, out c8R);
            Load(source, 9, out c9L, out c9R);
            Load(source, 10, out c10L, out c10R);
            Load(source, 11, out c11L, out c11R);
        }

        for (; inner > 0; inner--)
        {
            var bL = Vector512.Load(left);
            var bR = Vector512.Load(right);
            var x = Vector512.Create(*a0);
            c0L = Vector512.FusedMultiplyAdd(x, bL, c0L);
            c0R = Vector512.FusedMultiplyAdd(x, bR, c0R);
            x = Vector512.Create(*(a0 + rowStride));
            c1L = Vector512.FusedMultiplyAdd(x, bL, c1L);
            c1R = Vector512.FusedMultiplyAdd(x, bR, c1R);
            x = Vector512.Create(*(a0 + (2 * rowStride)));
            c2L = Vector512.FusedMultiplyAdd(x, bL, c2L);
            c2R = Vector512.FusedMultiplyAdd(x, bR, c2R);
            x = Vector512.Create(*a3);
            c3L = Vector512.FusedMultiplyAdd(x, bL, c3L);
            c3R = Vector512.FusedMultiplyAdd(x, bR, c3R);
            x = Vector512.Create(*(a3 + rowStride));
            c4L = Vector512.FusedMultiplyAdd(x, bL, c4L);
            c4R = Vector512.FusedMultiplyAdd(x, bR, c4R);
            x = Vector512.Create(*(a3 + (2 * rowStride)));
            c5L = Vector512.FusedMultiplyAdd(x, bL, c5L);
            c5R = Vector512.FusedMultiplyAdd(x, bR, c5R);
            x = Vector512.Create(*a6);
            c6L = Vector512.FusedMultiplyAdd(x, bL, c6L);
            c6R = Vector512.FusedMultiplyAdd(x, bR, c6R);
            x = Vector512.Create(*(a6 + rowStride));
            c7L = Vector512.FusedMultiplyAdd(x, bL, c7L);
            c7R = Vector512.FusedMultiplyAdd(x, bR, c7R);
            x = Vector512.Create(*(a6 + (2 * rowStride)));
            c8L = Vector512.FusedMultiplyAdd(x, bL, c8L);
            c8R = Vector512.FusedMultiplyAdd(x, bR, c8R);
            x = Vector512.Create(*a9);
            c9L = Vector512.FusedMultiplyAdd(x, bL, c9L);
            c9R = Vector512.FusedMultiplyAdd(x, bR, c9R);
            x = Vector512.Create(*(a9 + rowStride));
            c10L = Vector512.FusedMultiplyAdd(x, bL, c10L);
            c10R = Vector512.FusedMultiplyAdd(x, bR, c10R);
            x = Vector512.Create(*(a9 + (2 * rowStride)));
            c11L = Vector512.FusedMultiplyAdd(x, bL, c11L);
            c11R = Vector512.FusedMultiplyAdd(x, bR, c11R);
            a0 += innerStride;
            a3 += innerStride;
            a6 += innerStride;
            a9 += innerStride;
            left += PanelWidth;
            right += PanelWidth;
        }

        Store(target, c0L, c0R);
        Store(target + targetStride, c1L, c1R);
        Store(target + (2 * targetStride), c2L, c2R);
        Store(target + (3 * targetStride), c3L, c3R);
        Store(target + (4 * targetStride), c4L, c4R);
        Store(target + (5 * targetStride), c5L, c5R);
        Store(target + (6 * targetStride), c6L, c6R);
        Store(target + (7 * targetStride), c7L, c7R);
        Store(target + (8 * targetStride), c8L, c8R);
        Store(target + (9 * targetStride), c9L, c9R);
        Store(target + (10 * targetStride), c10L, c10R);
        Store(target + (11 * targetStride), c11L, c11R);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyFew(
        int rows, int inner, float* a, nint rowStride, nint innerStride, float* left, float* right, float* source, float* target, nint targetStride)
    {
        // A tile with fewer rows computes its last row several times over, which costs nothing a narrower kernel would save.
        var a0 = a;
        var a1 = a + (Math.Min(1, rows - 1) * rowStride);
        var a2 = a + (Math.Min(2, rows - 1) * rowStride);
        var a3 = a + (Math.Min(3, rows - 1) * rowStride);
        Vector512<float> c0L, c0R, c1L, c1R, c2L, c2R, c3L, c3R;
        if (source == null)
        {
            c0L = c0R = c1L = c1R = c2L = c2R = c3L = c3R = Vector512<float>.Zero;
        }
        else
        {
            Load(source, 0, out c0L, out c0R);
            Load(source, Math.Min(1, rows - 1), out c1L, out c1R);
            Load(source, Math.Min(2, rows - 1), out c2L, out c2R);
            Load(source, Math.Min(3, rows - 1), out c3L, out c3R);
        }

        for (; inner > 0; inner--)
        {
            var bL = Vector512.Load(left);
            var bR = Vector512.Load(right);
            var x = Vector512.Create(*a0);
            c0L = Vector512.FusedMultiplyAdd(x, bL, c0L);
            c0R = Vector512.FusedMultiplyAdd(x, bR, c0R);
            x = Vector512.Create(*a1);
            c1L = Vector512.FusedMultiplyAdd(x, bL, c1L);
            c1R = Vector512.FusedMultiplyAdd(x, bR, c1R);
            x = Vector512.Create(*a2);
            c2L = Vector512.FusedMultiplyAdd(x, bL, c2L);
            c2R = Vector512.FusedMultiplyAdd(x, bR, c2R);
            x = Vector512.Create(*a3);
            c3L = Vector512.FusedMultiplyAdd(x, bL, c3L);
            c3R = Vector512.FusedMultiplyAdd(x, bR, c3R);
            a0 += innerStride;
            a1 += innerStride;
            a2 += innerStride;
            a3 += innerStride;
            left += PanelWidth;
            right += PanelWidth;
        }

        Store(target, c0L, c0R);
        if (rows > 1)
        {
            Store(target + targetStride, c1L, c1R);
        }

        if (rows > 2)
        {
            Store(target + (2 * targetStride), c2L, c2R);
        }

        if (rows > 3)
        {
            Store(target + (3 * targetStride), c3L, c3R);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* source, int row, out Vector512<float> left, out Vector512<float> right)
    {
        left = Vector512.Load(source + (row * 2 * PanelWidth));
        right = Vector512.Load(source + (row * 2 * PanelWidth) + PanelWidth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector512<float> left, Vector512<float> right)
    {
        left.Store(target);
        right.Store(target + PanelWidth);
    }
}
