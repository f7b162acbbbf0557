using System.Numerics;
using System.Runtime.CompilerServices;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>Nonlinearities of MLPs.</content>
public sealed unsafe partial class CpuDevice
{
    public void Activate(Tensor y, Tensor x, ActivationFunction f)
    {
        KernelShapes.Activate(y, x, f);
        Run(new ActivateKernel(y, x), f);
    }

    public void ActivateBackward(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        KernelShapes.Activate(dx, x, f, dy);
        Run(new ActivateBackwardKernel(dx, dy, x), f);
    }

    public void ActivateSecant(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        KernelShapes.Activate(dx, x, f, dy);
        Run(new ActivateSecantKernel(dx, dy, x), f);
    }

    public void Gate(Tensor y, Tensor x, ActivationFunction f)
    {
        KernelShapes.Gate(y, x, f);
        Run(new GateKernel(y, x), f);
    }

    public void GateBackward(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        KernelShapes.GateBackward(dx, dy, x, f);
        Run(new GateBackwardKernel(dx, dy, x), f);
    }

    public void GateSecant(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        KernelShapes.GateBackward(dx, dy, x, f);
        Run(new GateSecantKernel(dx, dy, x), f);
    }

    /// <summary>A kernel that is compiled once for every nonlinearity.</summary>
    private interface IActivationKernel
    {
        void Run<TActivation>(CpuDevice device, TActivation f)
            where TActivation : struct, IActivation;
    }

    private void Run<TKernel>(TKernel kernel, ActivationFunction f)
        where TKernel : struct, IActivationKernel
    {
        switch (f.Kind)
        {
            case Activation.Gelu:
                kernel.Run(this, default(Gelu));
                break;
            case Activation.GeluTanh:
                kernel.Run(this, default(GeluTanh));
                break;
            case Activation.Relu:
                kernel.Run(this, default(Relu));
                break;
            case Activation.Silu:
                kernel.Run(this, default(Silu));
                break;
            case Activation.XIelu:
                kernel.Run(this, new XIelu(f));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(f), f.Kind, "Unknown activation.");
        }
    }

    private readonly struct ActivateKernel(Tensor y, Tensor x) : IActivationKernel
    {
        public void Run<TActivation>(CpuDevice device, TActivation f)
            where TActivation : struct, IActivation => device.MapElements(new Value<TActivation>(f), y, x, x, TActivation.Cost);
    }

    private readonly struct ActivateBackwardKernel(Tensor dx, Tensor dy, Tensor x) : IActivationKernel
    {
        public void Run<TActivation>(CpuDevice device, TActivation f)
            where TActivation : struct, IActivation => device.MapElements(new Backward<TActivation>(f), dx, dy, x, TActivation.Cost);
    }

    private readonly struct ActivateSecantKernel(Tensor dx, Tensor dy, Tensor x) : IActivationKernel
    {
        public void Run<TActivation>(CpuDevice device, TActivation f)
            where TActivation : struct, IActivation => device.MapElements(new Secant<TActivation>(f), dx, dy, x, TActivation.Cost);
    }

    private readonly struct GateKernel(Tensor y, Tensor x) : IActivationKernel
    {
        public void Run<TActivation>(CpuDevice device, TActivation f)
            where TActivation : struct, IActivation
        {
            var to = Pointer(y);
            var from = Pointer(x);
            var width = (long)y.Columns;
            device.ParallelRanges(y.Rows, width * TActivation.Cost, (first, last) =>
            {
                for (var r = first; r < last; r++)
                {
                    var row = from + (2 * r * width);
                    Elementwise.Map(new Gated<TActivation>(f), to + (r * width), row, row + width, width);
                }
            });
        }
    }

    private readonly struct GateBackwardKernel(Tensor dx, Tensor dy, Tensor x) : IActivationKernel
    {
        public void Run<TActivation>(CpuDevice device, TActivation f)
            where TActivation : struct, IActivation => device.MapGates(new GateBackwardOperation<TActivation>(f), dx, dy, x, TActivation.Cost);
    }

    private readonly struct GateSecantKernel(Tensor dx, Tensor dy, Tensor x) : IActivationKernel
    {
        public void Run<TActivation>(CpuDevice device, TActivation f)
            where TActivation : struct, IActivation => device.MapGates(new GateSecantOperation<TActivation>(f), dx, dy, x, TActivation.Cost);
    }

    /// <summary>Runs <paramref name="operation"/> over the rows of a gated layer: dy [R,F], x and dx [R,2·F].</summary>
    private void MapGates<TOperation>(TOperation operation, Tensor dx, Tensor dy, Tensor x, int cost)
        where TOperation : struct, IGateOperation
    {
        var to = Pointer(dx);
        var gradient = Pointer(dy);
        var from = Pointer(x);
        var width = (long)dy.Columns;
        ParallelRanges(dy.Rows, width * cost, (first, last) =>
        {
            for (var r = first; r < last; r++)
            {
                Elementwise.MapGate(operation, to + (2 * r * width), gradient + (r * width), from + (2 * r * width), width);
            }
        });
    }

    private readonly struct Value<TActivation>(TActivation f) : IElementOperation
        where TActivation : struct, IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => f.Value(a);
    }

    private readonly struct Backward<TActivation>(TActivation f) : IElementOperation
        where TActivation : struct, IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => f.Backward(a, b, out _);
    }

    private readonly struct Secant<TActivation>(TActivation f) : IElementOperation
        where TActivation : struct, IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => f.Secant(a, b, out _);
    }

    private readonly struct Gated<TActivation>(TActivation f) : IElementOperation
        where TActivation : struct, IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => f.Value(a) * b;
    }

    private readonly struct GateBackwardOperation<TActivation>(TActivation f) : IGateOperation
        where TActivation : struct, IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> dy, Vector<float> a, Vector<float> b, out Vector<float> db)
        {
            var da = f.Backward(dy * b, a, out var value);
            db = dy * value;
            return da;
        }
    }

    private readonly struct GateSecantOperation<TActivation>(TActivation f) : IGateOperation
        where TActivation : struct, IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> dy, Vector<float> a, Vector<float> b, out Vector<float> db)
        {
            dy *= Vector.Create(0.5f);
            var da = f.Secant(dy * b, a, out var value);
            db = dy * value;
            return da;
        }
    }
}
