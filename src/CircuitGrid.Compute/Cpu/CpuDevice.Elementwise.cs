using System.Numerics;
using System.Runtime.CompilerServices;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>Elementwise kernels.</content>
public sealed unsafe partial class CpuDevice
{
    public void Add(Tensor y, Tensor a, Tensor b)
    {
        KernelShapes.Elementwise(y, a, b);
        MapElements(default(Plus), y, a, b);
    }

    public void Subtract(Tensor y, Tensor a, Tensor b)
    {
        KernelShapes.Elementwise(y, a, b);
        MapElements(default(Minus), y, a, b);
    }

    public void AddBias(Tensor y, Tensor x, Tensor bias)
    {
        KernelShapes.RowVector(y, x, bias);
        MapRows(default(Plus), y, x, bias);
    }

    public void Interpolate(Tensor y, Tensor a, Tensor b, ReadOnlySpan<float> fractions)
    {
        var length = KernelShapes.Interpolate(y, a, b, fractions);
        var to = Pointer(y);
        var start = Pointer(a);
        var end = Pointer(b);
        for (var k = 0; k < fractions.Length; k++)
        {
            MapElements(new Mixture(fractions[k]), to + (k * length), start, end, length);
        }
    }

    /// <summary>Runs <paramref name="operation"/> over two tensors of one length.</summary>
    private void MapElements<TOperation>(TOperation operation, Tensor y, Tensor a, Tensor b, int cost = 1)
        where TOperation : struct, IElementOperation =>
        MapElements(operation, Pointer(y), Pointer(a), Pointer(b), y.Length, cost);

    private void MapElements<TOperation>(TOperation operation, float* y, float* a, float* b, long length, int cost = 1)
        where TOperation : struct, IElementOperation =>
        ParallelElements(length, cost, (first, last) => Elementwise.Map(operation, y + first, a + first, b + first, last - first));

    /// <summary>Runs <paramref name="operation"/> over every row of x and one vector.</summary>
    private void MapRows<TOperation>(TOperation operation, Tensor y, Tensor x, Tensor vector)
        where TOperation : struct, IElementOperation
    {
        var columns = x.Columns;
        var to = Pointer(y);
        var from = Pointer(x);
        var second = Pointer(vector);
        ParallelRanges(x.Rows, columns, (first, last) =>
        {
            for (var r = first; r < last; r++)
            {
                Elementwise.Map(operation, to + (r * columns), from + (r * columns), second, columns);
            }
        });
    }

    private readonly struct Plus : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => a + b;
    }

    private readonly struct Minus : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => a - b;
    }

    private readonly struct Times : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => a * b;
    }

    private readonly struct Mixture(float fraction) : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => Vector.FusedMultiplyAdd(Vector.Create(fraction), b - a, a);
    }
}
