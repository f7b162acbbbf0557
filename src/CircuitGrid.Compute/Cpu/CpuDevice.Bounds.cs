using System.Numerics;
using System.Runtime.CompilerServices;
using CircuitGrid.Compute.Cpu.Simd;
using Rows = CircuitGrid.Compute.Cpu.Attention.Rows;

namespace CircuitGrid.Compute.Cpu;

/// <content>Soft and hard bounds.</content>
public sealed unsafe partial class CpuDevice
{
    /// <summary>What an element of <see cref="SoftCap"/> costs beside one of an addition.</summary>
    private const int CapCost = 16;

    public void SoftCap(Tensor y, Tensor x, double cap)
    {
        KernelShapes.SoftCap(y, x, cap);
        MapElements(new Cap((float)cap), y, x, x, CapCost);
    }

    public void SoftCapBackward(Tensor dx, Tensor dy, Tensor y, double cap)
    {
        KernelShapes.SoftCap(dx, y, cap, dy);
        MapElements(new CapBackward((float)cap), dx, dy, y);
    }

    public void Clamp(Tensor y, Tensor x, double limit)
    {
        KernelShapes.Clamp(y, x, limit);
        MapElements(new Bound((float)limit), y, x, x);
    }

    public void ClampBackward(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout, double limit)
    {
        KernelShapes.ClampBackward(dx, dy, dyLayout, x, xLayout, limit);
        var to = Pointer(dx);
        var gradient = Pointer(dy);
        var from = Pointer(x);
        ForEveryBlockRow(dyLayout, dyLayout.Width, (g, t) =>
        {
            var shared = xLayout.SharedBlock(g, dyLayout.Blocks);
            Elementwise.Map(
                new BoundBackward((float)limit), Rows.Of(to, dyLayout, g, t).First, Rows.Of(gradient, dyLayout, g, t).First, Rows.Of(from, xLayout, shared, t).First, dyLayout.Width);
        });
    }

    /// <summary>Calls <paramref name="body"/> for every block and row of a layout, each worth <paramref name="cost"/> elements of an addition.</summary>
    private void ForEveryBlockRow(BlockLayout layout, long cost, Action<int, int> body) =>
        ParallelRanges((long)layout.Blocks * layout.Rows, cost, (first, last) =>
        {
            for (var item = first; item < last; item++)
            {
                body((int)(item % layout.Blocks), (int)(item / layout.Blocks));
            }
        });

    private readonly struct Cap(float cap) : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => Vector.Create(cap) * VectorMath.Tanh(a / Vector.Create(cap));
    }

    private readonly struct CapBackward(float cap) : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b)
        {
            var tanh = b / Vector.Create(cap);
            return a * Vector.FusedMultiplyAdd(-tanh, tanh, Vector.Create(1f));
        }
    }

    /// <summary>Comparisons that not a number fails, so that it stays.</summary>
    private readonly struct Bound(float limit) : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b)
        {
            a = Vector.ConditionalSelect(Vector.GreaterThan(a, Vector.Create(limit)), Vector.Create(limit), a);
            return Vector.ConditionalSelect(Vector.LessThan(a, Vector.Create(-limit)), Vector.Create(-limit), a);
        }
    }

    private readonly struct BoundBackward(float limit) : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) =>
            Vector.ConditionalSelect(Vector.LessThanOrEqual(Vector.Abs(b), Vector.Create(limit)), a, Vector<float>.Zero);
    }
}
