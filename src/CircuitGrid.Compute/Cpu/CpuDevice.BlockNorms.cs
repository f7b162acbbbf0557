using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Simd;
using Rows = CircuitGrid.Compute.Cpu.Attention.Rows;

namespace CircuitGrid.Compute.Cpu;

/// <content>RMSNorm of queries and keys.</content>
public sealed unsafe partial class CpuDevice
{
    public void NormalizeBlocks(Tensor y, Tensor inverseScale, Tensor x, BlockLayout layout, Tensor w, double epsilon)
    {
        KernelShapes.NormalizeBlocks(y, inverseScale, x, layout, w);
        var to = Pointer(y);
        var scales = Pointer(inverseScale);
        var from = Pointer(x);
        var weights = Pointer(w);
        ForEveryBlockRow(layout, (long)layout.Width * NormalizeCost, (g, t) =>
            scales[((long)t * layout.Blocks) + g] = NormalizeWeightedRow(Rows.Of(to, layout, g, t).First, Rows.Of(from, layout, g, t).First, weights, layout.Width, epsilon));
    }

    public void NormalizeBlocksBackward(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout, Tensor inverseScale, Tensor w, bool held)
    {
        KernelShapes.NormalizeBlocksBackward(dx, dy, dyLayout, x, xLayout, inverseScale, w);
        var to = Pointer(dx);
        var gradient = Pointer(dy);
        var from = Pointer(x);
        var scales = Pointer(inverseScale);
        var weights = Pointer(w);
        ForEveryBlockRow(dyLayout, (long)dyLayout.Width * NormalizeCost, (g, t) =>
        {
            var shared = xLayout.SharedBlock(g, dyLayout.Blocks);
            NormalizeWeightedBackwardRow(
                Rows.Of(to, dyLayout, g, t).First,
                Rows.Of(gradient, dyLayout, g, t).First,
                Rows.Of(from, xLayout, shared, t).First,
                weights,
                scales[((long)t * xLayout.Blocks) + shared],
                dyLayout.Width,
                held);
        });
    }

    /// <summary>Returns 1/σ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float NormalizeWeightedRow(float* to, float* from, float* weights, int width, double epsilon)
    {
        var whole = width & -Lanes.Count;
        var rest = width - whole;
        var squares = Vector512<float>.Zero;
        for (var d = 0; d < whole; d += Lanes.Count)
        {
            var x = Vector512.Load(from + d);
            squares = Vector512.FusedMultiplyAdd(x, x, squares);
        }

        if (rest > 0)
        {
            var x = Lanes.LoadFirst(from + whole, rest);
            squares = Vector512.FusedMultiplyAdd(x, x, squares);
        }

        var inverse = InverseScale(squares, width, epsilon);
        var scale = Vector512.Create(inverse);
        for (var d = 0; d < whole; d += Lanes.Count)
        {
            (Vector512.Load(from + d) * scale * Vector512.Load(weights + d)).Store(to + d);
        }

        if (rest > 0)
        {
            Lanes.StoreFirst(to + whole, Vector512.Load(from + whole) * scale * Vector512.Load(weights + whole), rest);
        }

        return inverse;
    }

    /// <summary>With x̂ = x/σ and p = w ⊙ dy: dx = (p − x̂·mean(x̂ ⊙ p))/σ, or p/σ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormalizeWeightedBackwardRow(float* to, float* gradient, float* from, float* weights, float inverse, int width, bool held)
    {
        var scale = Vector512.Create(inverse);
        var products = Vector512<float>.Zero;
        for (var d = 0; d < width && !held; d += Lanes.Count)
        {
            var product = Vector512.Load(weights + d) * Vector512.Load(gradient + d) * (Vector512.Load(from + d) * scale);
            products += Lanes.KeepFirst(product, Math.Min(width - d, Lanes.Count));
        }

        var projection = Vector512.Create(Lanes.Sum(products) / width);
        for (var d = 0; d < width; d += Lanes.Count)
        {
            var value = Vector512.Load(weights + d) * Vector512.Load(gradient + d);
            if (!held)
            {
                value = Vector512.FusedMultiplyAdd(-(Vector512.Load(from + d) * scale), projection, value);
            }

            Lanes.StoreFirst(to + d, value * scale, Math.Min(width - d, Lanes.Count));
        }
    }
}
