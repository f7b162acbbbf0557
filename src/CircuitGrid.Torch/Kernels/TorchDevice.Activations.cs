using CircuitGrid.Compute;
using TorchSharp;
using static TorchSharp.torch;
using Native = TorchSharp.torch.Tensor;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>The MLP's nonlinearities, and what keeps numbers within bounds.</content>
public sealed partial class TorchDevice
{
    private static readonly double SquareRootOfTwoOverPi = Math.Sqrt(2 / Math.PI);

    public void Activate(Tensor y, Tensor x, ActivationFunction f)
    {
        KernelShapes.Activate(y, x, f);
        Run(() => Flat(y).copy_(Value(Flat(x), f)));
    }

    public void ActivateBackward(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        KernelShapes.Activate(dx, x, f, dy);
        Run(() => Flat(dx).copy_(Derivative(Flat(x), f).mul_(Flat(dy))));
    }

    public void ActivateSecant(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        KernelShapes.Activate(dx, x, f, dy);
        Run(() => Flat(dx).copy_(Secant(Flat(x), f).mul_(Flat(dy))));
    }

    public void Gate(Tensor y, Tensor x, ActivationFunction f)
    {
        KernelShapes.Gate(y, x, f);
        Run(() =>
        {
            var (a, b) = Halves(x);
            Matrix(y).copy_(Value(a, f).mul_(b));
        });
    }

    public void GateBackward(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        KernelShapes.GateBackward(dx, dy, x, f);
        Run(() =>
        {
            var (a, b) = Halves(x);
            WriteHalves(dx, Derivative(a, f).mul_(b), Value(a, f), Matrix(dy));
        });
    }

    public void GateSecant(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        KernelShapes.GateBackward(dx, dy, x, f);
        Run(() =>
        {
            var (a, b) = Halves(x);
            WriteHalves(dx, Secant(a, f).mul_(b).mul_(0.5), Value(a, f).mul_(0.5), Matrix(dy));
        });
    }

    public void SoftCap(Tensor y, Tensor x, double cap)
    {
        KernelShapes.SoftCap(y, x, cap);
        Run(() => Flat(y).copy_(Flat(x)).div_(cap).tanh_().mul_(cap));
    }

    public void SoftCapBackward(Tensor dx, Tensor dy, Tensor y, double cap)
    {
        KernelShapes.SoftCap(dx, y, cap, dy);
        Run(() => Flat(dx).copy_(Flat(y).div(cap).pow_(2).neg_().add_(1).mul_(Flat(dy))));
    }

    public void Clamp(Tensor y, Tensor x, double limit)
    {
        KernelShapes.Clamp(y, x, limit);
        Run(() => Flat(y).copy_(Flat(x)).clamp_(-limit, limit));
    }

    public void ClampBackward(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout, double limit)
    {
        KernelShapes.ClampBackward(dx, dy, dyLayout, x, xLayout, limit);
        Run(() =>
        {
            var outside = Blocks(x, xLayout).abs().le(limit).logical_not_().unsqueeze(1);
            Groups(dx, dyLayout, xLayout.Blocks).copy_(Groups(dy, dyLayout, xLayout.Blocks)).masked_fill_(outside, 0);
        });
    }

    /// <summary>a and b of a gated hidden layer a | b.</summary>
    private static (Native A, Native B) Halves(Tensor x)
    {
        var matrix = Matrix(x);
        var width = matrix.shape[1] / 2;
        return (matrix.narrow(1, 0, width), matrix.narrow(1, width, width));
    }

    /// <summary>dx = dy ⊙ left | dy ⊙ right; both factors are used up.</summary>
    private static void WriteHalves(Tensor dx, Native left, Native right, Native dy)
    {
        var (a, b) = Halves(dx);
        a.copy_(left.mul_(dy));
        b.copy_(right.mul_(dy));
    }

    /// <summary>f(x).</summary>
    private static Native Value(Native x, ActivationFunction f) => f.Kind switch
    {
        Activation.Gelu => Cumulative(x).mul_(x),
        Activation.GeluTanh => Logistic(x).mul_(x),
        Activation.Silu => x.sigmoid().mul_(x),
        Activation.XIelu => torch.where(
            x.gt(0),
            x.square().mul_(f.PositiveSlope),
            x.clamp_max(f.Epsilon).expm1_().sub_(x).mul_(f.NegativeSlope)).add_(x, f.Beta),
        _ => x.relu(),
    };

    /// <summary>f′(x).</summary>
    private static Native Derivative(Native x, ActivationFunction f)
    {
        switch (f.Kind)
        {
            case Activation.Gelu:
                var density = x.square().mul_(-0.5).exp_().mul_(1 / Math.Sqrt(2 * Math.PI));
                return Cumulative(x).addcmul_(x, density, 1);
            case Activation.GeluTanh:
                var logistic = Logistic(x);
                var slope = x.square().mul_(3 * 0.044715).add_(1).mul_(2 * SquareRootOfTwoOverPi);
                var bend = logistic.mul(logistic.neg().add_(1)).mul_(slope);
                return logistic.addcmul_(x, bend, 1);
            case Activation.Silu:
                var gate = x.sigmoid();
                return gate.addcmul_(x, gate.neg().add_(1).mul_(gate), 1);
            case Activation.XIelu:
                // above ε the minimum no longer grows with x
                var growth = x.exp().masked_fill_(x.ge(f.Epsilon), 0);
                return torch.where(x.gt(0), x.mul(2 * f.PositiveSlope), growth.sub_(1).mul_(f.NegativeSlope)).add_(f.Beta);
            default:
                return x.gt(0).to(ScalarType.Float32);
        }
    }

    /// <summary>f(x)/x, and f′(0) where x is 0.</summary>
    private static Native Secant(Native x, ActivationFunction f)
    {
        switch (f.Kind)
        {
            case Activation.Gelu:
                return Cumulative(x);
            case Activation.GeluTanh:
                return Logistic(x);
            case Activation.Silu:
                return x.sigmoid();
            case Activation.XIelu:
                var quotient = x.clamp_max(f.Epsilon).expm1_().div_(x).masked_fill_(x.eq(0), 0);
                return torch.where(x.gt(0), x.mul(f.PositiveSlope), quotient.sub_(1).mul_(f.NegativeSlope)).add_(f.Beta);
            default:
                return x.gt(0).to(ScalarType.Float32);
        }
    }

    /// <summary>Φ(x) = ½·erfc(−x/√2): as accurate for negative x, where 1 + erf would cancel.</summary>
    private static Native Cumulative(Native x) => x.mul(-Math.Sqrt(0.5)).erfc_().mul_(0.5);

    /// <summary>½(1 + tanh w) = σ(2w) with w = √(2/π)(x + 0.044715x³).</summary>
    private static Native Logistic(Native x) => x.square().mul_(0.044715).add_(1).mul_(x).mul_(2 * SquareRootOfTwoOverPi).sigmoid();
}
