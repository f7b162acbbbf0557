namespace CircuitGrid.Compute.Reference;

/// <content>Nonlinearities and bounds.</content>
public sealed partial class ReferenceDevice
{
    /// <summary>√(2/π), of GPT-2's tanh approximation of GELU.</summary>
    private static readonly double SquareRootOfTwoOverPi = Math.Sqrt(2 / Math.PI);

    public void Activate(Tensor y, Tensor x, ActivationFunction f)
    {
        KernelShapes.Activate(y, x, f);
        var to = Elements(y);
        var from = Elements(x);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = Activated(from[i], f).Value;
        }
    }

    public void ActivateBackward(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        KernelShapes.Activate(dx, x, f, dy);
        var to = Elements(dx);
        var gradient = Elements(dy);
        var from = Elements(x);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = gradient[i] * Activated(from[i], f).Derivative;
        }
    }

    public void ActivateSecant(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        KernelShapes.Activate(dx, x, f, dy);
        var to = Elements(dx);
        var gradient = Elements(dy);
        var from = Elements(x);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = gradient[i] * Secant(from[i], f);
        }
    }

    // x[R,2·F] = a | b → y[R,F]
    public void Gate(Tensor y, Tensor x, ActivationFunction f)
    {
        var (rows, width) = KernelShapes.Gate(y, x, f);
        for (var r = 0; r < rows; r++)
        {
            var from = Elements(x).Slice(2 * r * width, 2 * width);
            for (var j = 0; j < width; j++)
            {
                Elements(y)[(r * width) + j] = Activated(from[j], f).Value * from[width + j];
            }
        }
    }

    // dy[R,F], x[R,2·F] = a | b → dx[R,2·F]
    public void GateBackward(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        var (rows, width) = KernelShapes.GateBackward(dx, dy, x, f);
        for (var r = 0; r < rows; r++)
        {
            var from = Elements(x).Slice(2 * r * width, 2 * width);
            var to = Elements(dx).Slice(2 * r * width, 2 * width);
            for (var j = 0; j < width; j++)
            {
                var gradient = Elements(dy)[(r * width) + j];
                var (value, derivative) = Activated(from[j], f);
                (to[j], to[width + j]) = (gradient * from[width + j] * derivative, gradient * value);
            }
        }
    }

    // dy[R,F], x[R,2·F] = a | b → dx[R,2·F]
    public void GateSecant(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        var (rows, width) = KernelShapes.GateBackward(dx, dy, x, f);
        for (var r = 0; r < rows; r++)
        {
            var from = Elements(x).Slice(2 * r * width, 2 * width);
            var to = Elements(dx).Slice(2 * r * width, 2 * width);
            for (var j = 0; j < width; j++)
            {
                var gradient = Elements(dy)[(r * width) + j];
                (to[j], to[width + j]) = (0.5 * gradient * from[width + j] * Secant(from[j], f), 0.5 * gradient * Activated(from[j], f).Value);
            }
        }
    }

    public void SoftCap(Tensor y, Tensor x, double cap)
    {
        KernelShapes.SoftCap(y, x, cap);
        var to = Elements(y);
        var from = Elements(x);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = Capped(from[i], cap);
        }
    }

    public void SoftCapBackward(Tensor dx, Tensor dy, Tensor y, double cap)
    {
        KernelShapes.SoftCap(dx, y, cap, dy);
        var to = Elements(dx);
        var gradient = Elements(dy);
        var capped = Elements(y);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = gradient[i] * CapSlope(capped[i], cap);
        }
    }

    public void Clamp(Tensor y, Tensor x, double limit)
    {
        KernelShapes.Clamp(y, x, limit);
        var to = Elements(y);
        var from = Elements(x);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = Math.Clamp(from[i], -limit, limit);
        }
    }

    // dy[T,n] of every block, x[T,n] of every block or of some neighbours together → dx[T,n]
    public void ClampBackward(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout, double limit)
    {
        KernelShapes.ClampBackward(dx, dy, dyLayout, x, xLayout, limit);
        for (var g = 0; g < dyLayout.Blocks; g++)
        {
            for (var t = 0; t < dyLayout.Rows; t++)
            {
                for (var j = 0; j < dyLayout.Width; j++)
                {
                    var value = Elements(x)[At(xLayout, xLayout.SharedBlock(g, dyLayout.Blocks), t) + j];
                    Elements(dx)[At(dyLayout, g, t) + j] = Math.Abs(value) <= limit ? Elements(dy)[At(dyLayout, g, t) + j] : 0;
                }
            }
        }
    }

    private static double Capped(double x, double cap) => cap * Math.Tanh(x / cap);

    /// <summary>Derivative of <see cref="Capped"/> where its value is <paramref name="y"/>.</summary>
    private static double CapSlope(double y, double cap) => 1 - (y / cap * (y / cap));

    private static double Secant(double x, ActivationFunction f)
    {
        var (value, derivative) = Activated(x, f);
        return x == 0 ? derivative : value / x;
    }

    private static (double Value, double Derivative) Activated(double x, ActivationFunction f)
    {
        switch (f.Kind)
        {
            case Activation.Gelu:
                var cumulative = 0.5 * ErrorFunction.Complement(-x / Math.Sqrt(2));
                var density = Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);
                return (x * cumulative, cumulative + (x * density));
            case Activation.GeluTanh:
                var tanh = Math.Tanh(SquareRootOfTwoOverPi * (x + (0.044715 * x * x * x)));
                var slope = SquareRootOfTwoOverPi * (1 + (3 * 0.044715 * x * x));
                return (0.5 * x * (1 + tanh), (0.5 * (1 + tanh)) + (0.5 * x * (1 - (tanh * tanh)) * slope));
            case Activation.Relu:
                return x <= 0 ? (0, 0) : (x, 1);
            case Activation.Silu:
                var logistic = 1 / (1 + Math.Exp(-x));
                return (x * logistic, logistic + (x * logistic * (1 - logistic)));
            case Activation.XIelu when x > 0:
                return ((f.PositiveSlope * x * x) + (f.Beta * x), (2 * f.PositiveSlope * x) + f.Beta);
            case Activation.XIelu:
                // e^m − 1 = 2·e^(m/2)·sinh(m/2) doesn't cancel; m stands still from ε on.
                var m = Math.Min(x, f.Epsilon);
                var exponential = 2 * Math.Exp(m / 2) * Math.Sinh(m / 2);
                return ((f.NegativeSlope * (exponential - x)) + (f.Beta * x), (f.NegativeSlope * ((x < f.Epsilon ? Math.Exp(x) : 0) - 1)) + f.Beta);
            default:
                throw new ArgumentOutOfRangeException(nameof(f), f.Kind, "Unknown activation.");
        }
    }
}
