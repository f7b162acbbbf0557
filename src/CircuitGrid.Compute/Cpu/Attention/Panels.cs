using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu.Attention;

/// <summary>Copies one head's rows into contiguous panels, which the products read without regard to the tensor's layout.</summary>
internal static unsafe class Panels
{
    /// <summary>to[r, 0…width) = from[r, …], zero up to <paramref name="stride"/>, the next multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyRows(float* to, int stride, float* from, long fromStride, int rows, int width)
    {
        var whole = width & -Lanes.Count;
        for (var r = 0; r < rows; r++)
        {
            for (var j = 0; j < whole; j += Lanes.Count)
            {
                Vector512.Load(from + j).Store(to + j);
            }

            if (whole < width)
            {
                Lanes.LoadFirst(from + whole, width - whole).Store(to + whole);
            }

            to += stride;
            from += fromStride;
        }
    }

    /// <summary>to[r·toStride + j] = from[r, j]: a panel back into a tensor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreRows(float* to, long toStride, float* from, int stride, int rows, int width)
    {
        for (var r = 0; r < rows; r++)
        {
            for (var j = 0; j < width; j += Lanes.Count)
            {
                Lanes.StoreFirst(to + j, Vector512.Load(from + j), Math.Min(Lanes.Count, width - j));
            }

            to += toStride;
            from += stride;
        }
    }

    /// <summary>to[j, r] = from[r, j] for j below <paramref name="width"/>, zero from r = <paramref name="rows"/> up to <paramref name="stride"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* to, int stride, float* from, long fromStride, int rows, int width)
    {
        var wholeRows = Sse.IsSupported ? rows & -4 : 0;
        var wholeColumns = Sse.IsSupported ? width & -4 : 0;
        for (var r = 0; r < wholeRows; r += 4)
        {
            for (var j = 0; j < wholeColumns; j += 4)
            {
                TransposeFour(to + ((long)j * stride) + r, stride, from + (r * fromStride) + j, fromStride);
            }
        }

        for (var j = 0; j < width; j++)
        {
            var target = to + ((long)j * stride);
            for (var r = j < wholeColumns ? wholeRows : 0; r < rows; r++)
            {
                target[r] = from[(r * fromStride) + j];
            }

            new Span<float>(target + rows, stride - rows).Clear();
        }
    }

    private static void TransposeFour(float* to, int stride, float* from, long fromStride)
    {
        var r0 = Vector128.Load(from);
        var r1 = Vector128.Load(from + fromStride);
        var r2 = Vector128.Load(from + (2 * fromStride));
        var r3 = Vector128.Load(from + (3 * fromStride));
        var low01 = Sse.UnpackLow(r0, r1);
        var low23 = Sse.UnpackLow(r2, r3);
        var high01 = Sse.UnpackHigh(r0, r1);
        var high23 = Sse.UnpackHigh(r2, r3);
        Sse.MoveLowToHigh(low01, low23).Store(to);
        Sse.MoveHighToLow(low23, low01).Store(to + stride);
        Sse.MoveLowToHigh(high01, high23).Store(to + (2L * stride));
        Sse.MoveHighToLow(high23, high01).Store(to + (3L * stride));
    }
}
