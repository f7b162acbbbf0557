using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>6 × 16 tiles: 12 accumulators, a row of B and an element of A fill 15 of the 16 registers of a machine with 256-bit vectors.</summary>
internal sealed unsafe class MicroKernel256 : MicroKernel
{
    public override int Rows => 6;

    public override int Panels => 1;

    public override int NextRows(int remaining) => Math.Min(remaining, Rows);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(
        int rows, int inner, float* a, nint rowStride, nint innerStride, float* panels, nint panelStride, float* source, float* target, nint targetStride)
    {
        // A tile with fewer rows computes its last row several times over, which costs nothing a narrower kernel would save.
        var a0 = a;
        var a1 = a + (Math.Min(1, rows - 1) * rowStride);
        var a2 = a + (Math.Min(2, rows - 1) * rowStride);
        var a3 = a + (Math.Min(3, rows - 1) * rowStride);
        var a4 = a + (Math.Min(4, rows - 1) * rowStride);
        var a5 = a + (Math.Min(5, rows - 1) * rowStride);
        Vector256<float> c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51;
        if (source == null)
        {
            c00 = c01 = c10 = c11 = c20 = c21 = Vector256<float>.Zero;
            c30 = c31 = c40 = c41 = c50 = c51 = Vector256<float>.Zero;
        }
        else
        {
            Load(source, 0, out c00, out c01);
            Load(source, Math.Min(1, rows - 1), out c10, out c11);
            Load(source, Math.Min(2, rows - 1), out c20, out c21);
            Load(source, Math.Min(3, rows - 1), out c30, out c31);
            Load(source, Math.Min(4, rows - 1), out c40, out c41);
            Load(source, Math.Min(5, rows - 1), out c50, out c51);
        }

        for (; inner > 0; inner--)
        {
            var b0 = Vector256.Load(panels);
            var b1 = Vector256.Load(panels + 8);
            var x = Vector256.Create(*a0);
            c00 = Vector256.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(x, b1, c01);
            x = Vector256.Create(*a1);
            c10 = Vector256.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(x, b1, c11);
            x = Vector256.Create(*a2);
            c20 = Vector256.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(x, b1, c21);
            x = Vector256.Create(*a3);
            c30 = Vector256.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(x, b1, c31);
            x = Vector256.Create(*a4);
            c40 = Vector256.FusedMultiplyAdd(x, b0, c40);
            c41 = Vector256.FusedMultiplyAdd(x, b1, c41);
            x = Vector256.Create(*a5);
            c50 = Vector256.FusedMultiplyAdd(x, b0, c50);
            c51 = Vector256.FusedMultiplyAdd(x, b1, c51);
            a0 += innerStride;
            a1 += innerStride;
            a2 += innerStride;
            a3 += innerStride;
            a4 += innerStride;
            a5 += innerStride;
            panels += PanelWidth;
        }

        Store(target, c00, c01);
        if (rows > 1)
        {
            Store(target + targetStride, c10, c11);
        }

        if (rows > 2)
        {
            Store(target + (2 * targetStride), c20, c21);
        }

        if (rows > 3)
        {
            Store(target + (3 * targetStride), c30, c31);
        }

        if (rows > 4)
        {
            Store(target + (4 * targetStride), c40, c41);
        }

        if (rows > 5)
        {
            Store(target + (5 * targetStride), c50, c51);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* source, int row, out Vector256<float> c0, out Vector256<float> c1)
    {
        c0 = Vector256.Load(source + (row * PanelWidth));
        c1 = Vector256.Load(source + (row * PanelWidth) + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector256<float> c0, Vector256<float> c1)
    {
        c0.Store(target);
        c1.Store(target + 8);
    }
}
