using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>What follows a chain of multiply-adds: + bias, then + what C held before.</summary>
internal static unsafe class Epilogue
{
    /// <summary>Asks for the lines of a tile of C while its sums are still being computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Prefetch(int rows, int columns, float* c, nint stride)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        for (var r = 0; r < rows; r++)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0(c + columns - 1);
            c += stride;
        }
    }

    /// <summary>c[r, n] = (sums[r, n] + bias[n]) + c[r, n], without the terms that aren't asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish(int rows, int columns, float* sums, nint sumsStride, float* bias, bool accumulate, float* c, nint stride)
    {
        for (var r = 0; r < rows; r++)
        {
            var n = 0;
            if (Vector512.IsHardwareAccelerated)
            {
                for (; n + Vector512<float>.Count <= columns; n += Vector512<float>.Count)
                {
                    var value = Vector512.Load(sums + n);
                    value = bias == null ? value : value + Vector512.Load(bias + n);
                    value = accumulate ? value + Vector512.Load(c + n) : value;
                    value.Store(c + n);
                }
            }

            for (; n + Vector128<float>.Count <= columns; n += Vector128<float>.Count)
            {
                var value = Vector128.Load(sums + n);
                value = bias == null ? value : value + Vector128.Load(bias + n);
                value = accumulate ? value + Vector128.Load(c + n) : value;
                value.Store(c + n);
            }

            for (; n < columns; n++)
            {
                var value = sums[n];
                value = bias == null ? value : value + bias[n];
                c[n] = accumulate ? value + c[n] : value;
            }

            sums += sumsStride;
            c += stride;
        }
    }
}
