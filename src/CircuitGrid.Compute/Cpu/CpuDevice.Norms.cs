using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>LayerNorm and RMSNorm.</content>
public sealed unsafe partial class CpuDevice
{
    /// <summary>What an element of a norm costs beside one of an addition: up to three passes over a row in cache.</summary>
    private const int NormalizeCost = 3;

    public void Normalize(Tensor xhat, Tensor inverseScale, Tensor x, double epsilon, bool centre = true)
    {
        var (rows, columns) = KernelShapes.Normalize(xhat, inverseScale, x);
        var to = Pointer(xhat);
        var scales = Pointer(inverseScale);
        var from = Pointer(x);
        ParallelRanges(rows, (long)columns * NormalizeCost, (first, last) =>
        {
            for (var r = first; r < last; r++)
            {
                scales[r] = NormalizeRow(to + (r * columns), from + (r * columns), columns, epsilon, centre);
            }
        });
    }

    public void NormalizeBackward(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale, bool accumulate, bool centre = true)
    {
        var (rows, columns) = KernelShapes.NormalizeBackward(dx, dxhat, xhat, inverseScale);
        var to = Pointer(dx);
        var gradient = Pointer(dxhat);
        var normal = Pointer(xhat);
        var scales = Pointer(inverseScale);
        ParallelRanges(rows, (long)columns * NormalizeCost, (first, last) =>
        {
            for (var r = first; r < last; r++)
            {
                NormalizeBackwardRow(to + (r * columns), gradient + (r * columns), normal + (r * columns), scales[r], columns, accumulate, centre);
            }
        });
    }

    public void HeldScaleBackward(Tensor dx, Tensor dxhat, Tensor inverseScale, bool accumulate, bool centre = true)
    {
        var (rows, columns) = KernelShapes.HeldScaleBackward(dx, dxhat, inverseScale);
        var to = Pointer(dx);
        var gradient = Pointer(dxhat);
        var scales = Pointer(inverseScale);
        ParallelRanges(rows, (long)columns * NormalizeCost, (first, last) =>
        {
            for (var r = first; r < last; r++)
            {
                HeldScaleBackwardRow(to + (r * columns), gradient + (r * columns), scales[r], columns, accumulate, centre);
            }
        });
    }

    /// <summary>Two passes for mean and variance: one would cancel where the mean is large. Returns 1/σ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float NormalizeRow(float* to, float* from, int columns, double epsilon, bool centre)
    {
        var whole = columns & -Lanes.Count;
        var rest = columns - whole;
        var mean = centre ? Mean(from, columns) : Vector512<float>.Zero;
        var squares = Vector512<float>.Zero;
        for (var d = 0; d < whole; d += Lanes.Count)
        {
            var deviation = Vector512.Load(from + d) - mean;
            squares = Vector512.FusedMultiplyAdd(deviation, deviation, squares);
        }

        if (rest > 0)
        {
            var deviation = Lanes.KeepFirst(Vector512.Load(from + whole) - mean, rest);
            squares = Vector512.FusedMultiplyAdd(deviation, deviation, squares);
        }

        var inverse = InverseScale(squares, columns, epsilon);
        var scale = Vector512.Create(inverse);
        for (var d = 0; d < whole; d += Lanes.Count)
        {
            ((Vector512.Load(from + d) - mean) * scale).Store(to + d);
        }

        if (rest > 0)
        {
            Lanes.StoreFirst(to + whole, (Vector512.Load(from + whole) - mean) * scale, rest);
        }

        return inverse;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormalizeBackwardRow(float* to, float* gradient, float* normal, float inverse, int columns, bool accumulate, bool centre)
    {
        var whole = columns & -Lanes.Count;
        var rest = columns - whole;
        var sum = Vector512<float>.Zero;
        var products = Vector512<float>.Zero;
        for (var d = 0; d < whole; d += Lanes.Count)
        {
            var g = Vector512.Load(gradient + d);
            sum += g;
            products = Vector512.FusedMultiplyAdd(g, Vector512.Load(normal + d), products);
        }

        if (rest > 0)
        {
            var g = Lanes.LoadFirst(gradient + whole, rest);
            sum += g;
            products = Vector512.FusedMultiplyAdd(g, Lanes.LoadFirst(normal + whole, rest), products);
        }

        var mean = centre ? Vector512.Create(Lanes.Sum(sum) / columns) : Vector512<float>.Zero;
        var projection = Vector512.Create(Lanes.Sum(products) / columns);
        var scale = Vector512.Create(inverse);
        for (var d = 0; d < columns; d += Lanes.Count)
        {
            var value = Vector512.FusedMultiplyAdd(-Vector512.Load(normal + d), projection, Vector512.Load(gradient + d) - mean) * scale;
            if (accumulate)
            {
                value += Vector512.Load(to + d);
            }

            Lanes.StoreFirst(to + d, value, Math.Min(columns - d, Lanes.Count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HeldScaleBackwardRow(float* to, float* gradient, float inverse, int columns, bool accumulate, bool centre)
    {
        var mean = centre ? Mean(gradient, columns) : Vector512<float>.Zero;
        var scale = Vector512.Create(inverse);
        for (var d = 0; d < columns; d += Lanes.Count)
        {
            var value = (Vector512.Load(gradient + d) - mean) * scale;
            if (accumulate)
            {
                value += Vector512.Load(to + d);
            }

            Lanes.StoreFirst(to + d, value, Math.Min(columns - d, Lanes.Count));
        }
    }

    /// <summary>Mean of a row, in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Mean(float* row, int columns)
    {
        var whole = columns & -Lanes.Count;
        var sum = Vector512<float>.Zero;
        for (var d = 0; d < whole; d += Lanes.Count)
        {
            sum += Vector512.Load(row + d);
        }

        if (whole < columns)
        {
            sum += Lanes.LoadFirst(row + whole, columns - whole);
        }

        return Vector512.Create(Lanes.Sum(sum) / columns);
    }

    /// <summary>1/σ. Where the sum of squares overflows, 1/∞ is 0, and every such row would come out the same: not a number reaches whoever reads the result.</summary>
    private static float InverseScale(Vector512<float> squares, int columns, double epsilon)
    {
        var inverse = (float)(1 / Math.Sqrt(((double)Lanes.Sum(squares) / columns) + epsilon));
        return inverse > 0 ? inverse : float.NaN;
    }
}
