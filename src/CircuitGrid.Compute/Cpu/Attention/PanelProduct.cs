using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu.Attention;

/// <summary>
/// c[M,N] = a[M,K]·b[K,N] (added to c if asked) for the small matrices of one attention head. N is a multiple of 16; a may be
/// strided any way, hence transposed. An element's sum runs over K in order, whatever else is computed beside it.
/// </summary>
internal readonly unsafe ref struct PanelProduct(float* a, long rowStrideA, long innerStrideA, float* b, long strideB, int columns, int inner, bool accumulate)
{
    private readonly float* a = a;
    private readonly float* b = b;

    /// <summary>Computes rows [0, <paramref name="rows"/>) of c.</summary>
    public void Store(float* c, long strideC, int rows)
    {
        var m = 0;
        for (; m + 4 <= rows; m += 4)
        {
            FourRows(c + (m * strideC), strideC, a + (m * rowStrideA));
        }

        for (; m < rows; m++)
        {
            OneRow(c + (m * strideC), a + (m * rowStrideA));
        }
    }

    private void FourRows(float* c, long strideC, float* left)
    {
        var n = 0;

        // Eight accumulators hide the latency of the multiply-add; with half as many half as wide registers four of them would spill.
        if (Vector512.IsHardwareAccelerated)
        {
            for (; n + (2 * Lanes.Count) <= columns; n += 2 * Lanes.Count)
            {
                FourByTwo(c + n, strideC, left, b + n);
            }
        }

        for (; n < columns; n += Lanes.Count)
        {
            FourByOne(c + n, strideC, left, b + n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FourByTwo(float* c, long strideC, float* left, float* right)
    {
        Vector512<float> c00, c01, c10, c11, c20, c21, c30, c31;
        if (accumulate)
        {
            (c00, c01) = (Vector512.Load(c), Vector512.Load(c + Lanes.Count));
            (c10, c11) = (Vector512.Load(c + strideC), Vector512.Load(c + strideC + Lanes.Count));
            (c20, c21) = (Vector512.Load(c + (2 * strideC)), Vector512.Load(c + (2 * strideC) + Lanes.Count));
            (c30, c31) = (Vector512.Load(c + (3 * strideC)), Vector512.Load(c + (3 * strideC) + Lanes.Count));
        }
        else
        {
            c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = Vector512<float>.Zero;
        }

        for (var k = 0; k < inner; k++)
        {
            var b0 = Vector512.Load(right);
            var b1 = Vector512.Load(right + Lanes.Count);
            var a0 = Vector512.Create(*left);
            c00 = Vector512.FusedMultiplyAdd(a0, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(a0, b1, c01);
            var a1 = Vector512.Create(left[rowStrideA]);
            c10 = Vector512.FusedMultiplyAdd(a1, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(a1, b1, c11);
            var a2 = Vector512.Create(left[2 * rowStrideA]);
            c20 = Vector512.FusedMultiplyAdd(a2, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(a2, b1, c21);
            var a3 = Vector512.Create(left[3 * rowStrideA]);
            c30 = Vector512.FusedMultiplyAdd(a3, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(a3, b1, c31);
            left += innerStrideA;
            right += strideB;
        }

        c00.Store(c);
        c01.Store(c + Lanes.Count);
        c10.Store(c + strideC);
        c11.Store(c + strideC + Lanes.Count);
        c20.Store(c + (2 * strideC));
        c21.Store(c + (2 * strideC) + Lanes.Count);
        c30.Store(c + (3 * strideC));
        c31.Store(c + (3 * strideC) + Lanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FourByOne(float* c, long strideC, float* left, float* right)
    {
        var c0 = Start(c);
        var c1 = Start(c + strideC);
        var c2 = Start(c + (2 * strideC));
        var c3 = Start(c + (3 * strideC));
        for (var k = 0; k < inner; k++)
        {
            var b0 = Vector512.Load(right);
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(*left), b0, c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.Create(left[rowStrideA]), b0, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Create(left[2 * rowStrideA]), b0, c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.Create(left[3 * rowStrideA]), b0, c3);
            left += innerStrideA;
            right += strideB;
        }

        c0.Store(c);
        c1.Store(c + strideC);
        c2.Store(c + (2 * strideC));
        c3.Store(c + (3 * strideC));
    }

    private void OneRow(float* c, float* left)
    {
        var n = 0;
        for (; n + (4 * Lanes.Count) <= columns; n += 4 * Lanes.Count)
        {
            OneByFour(c + n, left, b + n);
        }

        for (; n < columns; n += Lanes.Count)
        {
            OneByOne(c + n, left, b + n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OneByFour(float* c, float* left, float* right)
    {
        var c0 = Start(c);
        var c1 = Start(c + Lanes.Count);
        var c2 = Start(c + (2 * Lanes.Count));
        var c3 = Start(c + (3 * Lanes.Count));
        for (var k = 0; k < inner; k++)
        {
            var a0 = Vector512.Create(*left);
            c0 = Vector512.FusedMultiplyAdd(a0, Vector512.Load(right), c0);
            c1 = Vector512.FusedMultiplyAdd(a0, Vector512.Load(right + Lanes.Count), c1);
            c2 = Vector512.FusedMultiplyAdd(a0, Vector512.Load(right + (2 * Lanes.Count)), c2);
            c3 = Vector512.FusedMultiplyAdd(a0, Vector512.Load(right + (3 * Lanes.Count)), c3);
            left += innerStrideA;
            right += strideB;
        }

        c0.Store(c);
        c1.Store(c + Lanes.Count);
        c2.Store(c + (2 * Lanes.Count));
        c3.Store(c + (3 * Lanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OneByOne(float* c, float* left, float* right)
    {
        var c0 = Start(c);
        for (var k = 0; k < inner; k++)
        {
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(*left), Vector512.Load(right), c0);
            left += innerStrideA;
            right += strideB;
        }

        c0.Store(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Start(float* c) => accumulate ? Vector512.Load(c) : Vector512<float>.Zero;
}
