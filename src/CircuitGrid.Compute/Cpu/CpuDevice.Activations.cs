using System.Numerics;
using System.Runtime.CompilerServices;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>The MLP's nonlinearities.</content>
public sealed unsafe partial class CpuDevice
{
    /// <summary>What an element of <see cref="Activate"/> costs beside one of an addition.</summary>
    private const int ActivationCost = 16;

    public void Activate(Tensor y, Tensor x, Activation activation)
    {
        KernelShapes.Elementwise(y, x);
        switch (activation)
        {
            case Activation.Gelu:
                MapElements(default(Gelu), y, x, x, ActivationCost);
                break;
            case Activation.GeluTanh:
                MapElements(default(GeluTanh), y, x, x, ActivationCost);
                break;
            case Activation.Relu:
                MapElements(default(Relu), y, x, x);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        }
    }

    public void ActivateBackward(Tensor dx, Tensor dy, Tensor x, Activation activation)
    {
        KernelShapes.Elementwise(dx, dy, x);
        switch (activation)
        {
            case Activation.Gelu:
                MapElements(default(GeluBackward), dx, dy, x, ActivationCost);
                break;
            case Activation.GeluTanh:
                MapElements(default(GeluTanhBackward), dx, dy, x, ActivationCost);
                break;
            case Activation.Relu:
                MapElements(default(ReluBackward), dx, dy, x);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        }
    }

    public void ActivateSecant(Tensor dx, Tensor dy, Tensor x, Activation activation)
    {
        KernelShapes.Elementwise(dx, dy, x);
        switch (activation)
        {
            case Activation.Gelu:
                MapElements(default(GeluSecant), dx, dy, x, ActivationCost);
                break;
            case Activation.GeluTanh:
                MapElements(default(GeluTanhSecant), dx, dy, x, ActivationCost);
                break;
            case Activation.Relu:
                MapElements(default(ReluBackward), dx, dy, x);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        }
    }

    private readonly struct Gelu : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => a * VectorMath.Normal(a, out _);
    }

    private readonly struct GeluBackward : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b)
        {
            var cumulative = VectorMath.Normal(b, out var density);
            return a * Vector.FusedMultiplyAdd(b, density, cumulative);
        }
    }

    private readonly struct GeluSecant : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => a * VectorMath.Normal(b, out _);
    }

    /// <summary>½x(1 + tanh(w)) is x·σ(2w), which needs one exponential and keeps its precision for negative x.</summary>
    private readonly struct GeluTanh : IElementOperation
    {
        /// <summary>2√(2/π).</summary>
        public const float Slope = 1.59576912f;

        /// <summary>2√(2/π)·0.044715.</summary>
        public const float Cubic = 0.0713548163f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Argument(Vector<float> x) =>
            x * Vector.FusedMultiplyAdd(Vector.Create(Cubic), x * x, Vector.Create(Slope));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => a * VectorMath.Logistic(Argument(a), out _);
    }

    private readonly struct GeluTanhBackward : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b)
        {
            var logistic = VectorMath.Logistic(GeluTanh.Argument(b), out var complement);
            var slope = Vector.FusedMultiplyAdd(Vector.Create(3 * GeluTanh.Cubic), b * b, Vector.Create(GeluTanh.Slope));
            return a * Vector.FusedMultiplyAdd(b * slope, logistic * complement, logistic);
        }
    }

    private readonly struct GeluTanhSecant : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => a * VectorMath.Logistic(GeluTanh.Argument(b), out _);
    }

    private readonly struct Relu : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) =>
            Vector.ConditionalSelect(Vector.LessThanOrEqual(a, Vector<float>.Zero), Vector<float>.Zero, a);
    }

    private readonly struct ReluBackward : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) =>
            Vector.ConditionalSelect(Vector.LessThanOrEqual(b, Vector<float>.Zero), Vector<float>.Zero, a);
    }
}
