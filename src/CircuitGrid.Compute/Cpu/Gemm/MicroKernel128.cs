using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>4 × 16 tiles in 16 of the 32 registers of a machine with 128-bit vectors. Where such a machine has no fused multiply-add, .NET computes it exactly.</summary>
internal sealed unsafe class MicroKernel128 : MicroKernel
{
    public override int Rows => 4;

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
        Vector128<float> c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33;
        if (source == null)
        {
            c00 = c01 = c02 = c03 = Vector128<float>.Zero;
            c10 = c11 = c12 = c13 = Vector128<float>.Zero;
            c20 = c21 = c22 = c23 = Vector128<float>.Zero;
            c30 = c31 = c32 = c33 = Vector128<float>.Zero;
        }
        else
        {
            Load(source, 0, out c00, out c01, out c02, out c03);
            Load(source, Math.Min(1, rows - 1), out c10, out c11, out c12, out c13);
            Load(source, Math.Min(2, rows - 1), out c20, out c21, out c22, out c23);
            Load(source, Math.Min(3, rows - 1), out c30, out c31, out c32, out c33);
        }

        for (; inner > 0; inner--)
        {
            var b0 = Vector128.Load(panels);
            var b1 = Vector128.Load(panels + 4);
            var b2 = Vector128.Load(panels + 8);
            var b3 = Vector128.Load(panels + 12);
            var x = Vector128.Create(*a0);
            c00 = Vector128.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector128.FusedMultiplyAdd(x, b1, c01);
            c02 = Vector128.FusedMultiplyAdd(x, b2, c02);
            c03 = Vector128.FusedMultiplyAdd(x, b3, c03);
            x = Vector128.Create(*a1);
            c10 = Vector128.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector128.FusedMultiplyAdd(x, b1, c11);
            c12 = Vector128.FusedMultiplyAdd(x, b2, c12);
            c13 = Vector128.FusedMultiplyAdd(x, b3, c13);
            x = Vector128.Create(*a2);
            c20 = Vector128.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector128.FusedMultiplyAdd(x, b1, c21);
            c22 = Vector128.FusedMultiplyAdd(x, b2, c22);
            c23 = Vector128.FusedMultiplyAdd(x, b3, c23);
            x = Vector128.Create(*a3);
            c30 = Vector128.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector128.FusedMultiplyAdd(x, b1, c31);
            c32 = Vector128.FusedMultiplyAdd(x, b2, c32);
            c33 = Vector128.FusedMultiplyAdd(x, b3, c33);
            a0 += innerStride;
            a1 += innerStride;
            a2 += innerStride;
            a3 += innerStride;
            panels += PanelWidth;
        }

        Store(target, c00, c01, c02, c03);
        if (rows > 1)
        {
            Store(target + targetStride, c10, c11, c12, c13);
        }

        if (rows > 2)
        {
            Store(target + (2 * targetStride), c20, c21, c22, c23);
        }

        if (rows > 3)
        {
            Store(target + (3 * targetStride), c30, c31, c32, c33);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* source, int row, out Vector128<float> c0, out Vector128<float> c1, out Vector128<float> c2, out Vector128<float> c3)
    {
        source += row * PanelWidth;
        c0 = Vector128.Load(source);
        c1 = Vector128.Load(source + 4);
        c2 = Vector128.Load(source + 8);
        c3 = Vector128.Load(source + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector128<float> c0, Vector128<float> c1, Vector128<float> c2, Vector128<float> c3)
    {
        c0.Store(target);
        c1.Store(target + 4);
        c2.Store(target + 8);
        c3.Store(target + 12);
    }
}
