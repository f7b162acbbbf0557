using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>Moves elements between row order and panels [k][16].</summary>
internal static unsafe class PanelTranspose
{
    private const int Width = MicroKernel.PanelWidth;

    /// <summary>to[k·16 + r] = from[r·stride + k] for r below <paramref name="rows"/> (at most 16), 0 for the others, and every k below <paramref name="count"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* from, nint stride, int rows, int count, float* to)
    {
        var k = 0;
        for (; k + Width <= count; k += Width)
        {
            Block(from + k, stride, rows, Width, to + (k * Width));
        }

        if (k < count)
        {
            Block(from + k, stride, rows, count - k, to + (k * Width));
        }
    }

    /// <summary><see cref="Rows"/> of at most 16 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Block(float* from, nint stride, int rows, int count, float* to)
    {
        if (rows == Width && count == Width && Avx512F.IsSupported)
        {
            Block512(from, stride, to);
            return;
        }

        if (rows == Width && count == Width && Avx.IsSupported)
        {
            // Both halves of eight lines before the other eight: with a stride of a power of two, sixteen lines don't stay in the nearest cache.
            Block256(from, stride, to);
            Block256(from + 8, stride, to + (8 * Width));
            Block256(from + (8 * stride), stride, to + 8);
            Block256(from + (8 * stride) + 8, stride, to + (8 * Width) + 8);
            return;
        }

        for (var k = 0; k < count; k++)
        {
            for (var r = 0; r < Width; r++)
            {
                to[(k * Width) + r] = r < rows ? from[(r * stride) + k] : 0;
            }
        }
    }

    /// <summary>Copies 16 elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyVector(float* from, float* to)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512.Load(from).Store(to);
        }
        else
        {
            Vector256.Load(from).Store(to);
            Vector256.Load(from + 8).Store(to + 8);
        }
    }

    // Four rounds that exchange ever larger pieces of pairs of vectors: elements, pairs, quarters, halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block512(float* from, nint stride, float* to)
    {
        Quads512(from, stride, out var a0, out var a1, out var a2, out var a3);
        Quads512(from + (4 * stride), stride, out var b0, out var b1, out var b2, out var b3);
        Quads512(from + (8 * stride), stride, out var c0, out var c1, out var c2, out var c3);
        Quads512(from + (12 * stride), stride, out var d0, out var d1, out var d2, out var d3);
        StoreColumns512(a0, b0, c0, d0, to);
        StoreColumns512(a1, b1, c1, d1, to + Width);
        StoreColumns512(a2, b2, c2, d2, to + (2 * Width));
        StoreColumns512(a3, b3, c3, d3, to + (3 * Width));
    }

    /// <summary>Quarter l of <c>q_j</c> holds column 4l + j of the four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quads512(float* from, nint stride, out Vector512<float> q0, out Vector512<float> q1, out Vector512<float> q2, out Vector512<float> q3)
    {
        var r0 = Vector512.Load(from);
        var r1 = Vector512.Load(from + stride);
        var r2 = Vector512.Load(from + (2 * stride));
        var r3 = Vector512.Load(from + (3 * stride));
        var low01 = Avx512F.UnpackLow(r0, r1).AsDouble();
        var high01 = Avx512F.UnpackHigh(r0, r1).AsDouble();
        var low23 = Avx512F.UnpackLow(r2, r3).AsDouble();
        var high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        q0 = Avx512F.UnpackLow(low01, low23).AsSingle();
        q1 = Avx512F.UnpackHigh(low01, low23).AsSingle();
        q2 = Avx512F.UnpackLow(high01, high23).AsSingle();
        q3 = Avx512F.UnpackHigh(high01, high23).AsSingle();
    }

    /// <summary>Stores columns j, 4 + j, 8 + j and 12 + j from the <c>q_j</c> of all sixteen rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns512(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to)
    {
        var evenLeft = Avx512F.Shuffle4x128(a, b, 0x88);
        var oddLeft = Avx512F.Shuffle4x128(a, b, 0xDD);
        var evenRight = Avx512F.Shuffle4x128(c, d, 0x88);
        var oddRight = Avx512F.Shuffle4x128(c, d, 0xDD);
        Avx512F.Shuffle4x128(evenLeft, evenRight, 0x88).Store(to);
        Avx512F.Shuffle4x128(oddLeft, oddRight, 0x88).Store(to + (4 * Width));
        Avx512F.Shuffle4x128(evenLeft, evenRight, 0xDD).Store(to + (8 * Width));
        Avx512F.Shuffle4x128(oddLeft, oddRight, 0xDD).Store(to + (12 * Width));
    }

    /// <summary>to[k·16 + r] = from[r·stride + k] for 8 × 8 elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block256(float* from, nint stride, float* to)
    {
        Quads256(from, stride, out var a0, out var a1, out var a2, out var a3);
        Quads256(from + (4 * stride), stride, out var b0, out var b1, out var b2, out var b3);
        Avx.Permute2x128(a0, b0, 0x20).Store(to);
        Avx.Permute2x128(a1, b1, 0x20).Store(to + Width);
        Avx.Permute2x128(a2, b2, 0x20).Store(to + (2 * Width));
        Avx.Permute2x128(a3, b3, 0x20).Store(to + (3 * Width));
        Avx.Permute2x128(a0, b0, 0x31).Store(to + (4 * Width));
        Avx.Permute2x128(a1, b1, 0x31).Store(to + (5 * Width));
        Avx.Permute2x128(a2, b2, 0x31).Store(to + (6 * Width));
        Avx.Permute2x128(a3, b3, 0x31).Store(to + (7 * Width));
    }

    /// <summary>Half l of <c>q_j</c> holds column 4l + j of the four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quads256(float* from, nint stride, out Vector256<float> q0, out Vector256<float> q1, out Vector256<float> q2, out Vector256<float> q3)
    {
        var r0 = Vector256.Load(from);
        var r1 = Vector256.Load(from + stride);
        var r2 = Vector256.Load(from + (2 * stride));
        var r3 = Vector256.Load(from + (3 * stride));
        var low01 = Avx.UnpackLow(r0, r1).AsDouble();
        var high01 = Avx.UnpackHigh(r0, r1).AsDouble();
        var low23 = Avx.UnpackLow(r2, r3).AsDouble();
        var high23 = Avx.UnpackHigh(r2, r3).AsDouble();
        q0 = Avx.UnpackLow(low01, low23).AsSingle();
        q1 = Avx.UnpackHigh(low01, low23).AsSingle();
        q2 = Avx.UnpackLow(high01, high23).AsSingle();
        q3 = Avx.UnpackHigh(high01, high23).AsSingle();
    }
}
