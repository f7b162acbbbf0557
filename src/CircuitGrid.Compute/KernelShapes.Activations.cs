namespace CircuitGrid.Compute;

/// <content>Nonlinearities and bounds.</content>
public static partial class KernelShapes
{
    /// <summary>Checks <see cref="IDevice.Activate"/>, and its gradients with <paramref name="dy"/>.</summary>
    public static void Activate(Tensor y, Tensor x, ActivationFunction f, Tensor? dy = null)
    {
        Elementwise(y, x, dy);
        Function(f);
    }

    /// <summary>R and F of <see cref="IDevice.Gate"/>.</summary>
    public static (int Rows, int Width) Gate(Tensor y, Tensor x, ActivationFunction f)
    {
        Function(f);
        Float32(y, x);
        Require(x.Rows == y.Rows && x.Columns == 2L * y.Columns, "x isn't twice as wide as y", y, x);
        return (y.Rows, y.Columns);
    }

    /// <summary>R and F of <see cref="IDevice.GateBackward"/> and <see cref="IDevice.GateSecant"/>.</summary>
    public static (int Rows, int Width) GateBackward(Tensor dx, Tensor dy, Tensor x, ActivationFunction f)
    {
        Float32(dx);
        Require(dx.Rows == x.Rows && dx.Columns == x.Columns, "shapes differ", dx, x);
        return Gate(dy, x, f);
    }

    /// <summary>Checks <see cref="IDevice.SoftCap"/>, and its gradient with <paramref name="dy"/>.</summary>
    public static void SoftCap(Tensor y, Tensor x, double cap, Tensor? dy = null)
    {
        Elementwise(y, x, dy);
        Require(cap > 0 && double.IsFinite(cap), "a cap must be positive and finite", y);
    }

    /// <summary>Checks <see cref="IDevice.Clamp"/>.</summary>
    public static void Clamp(Tensor y, Tensor x, double limit)
    {
        Elementwise(y, x);
        Limit(limit, y);
    }

    /// <summary>Checks <see cref="IDevice.ClampBackward"/>.</summary>
    public static void ClampBackward(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout, double limit)
    {
        SharedBlocks(dx, dy, dyLayout, x, xLayout);
        Limit(limit, dx);
    }

    private static void Limit(double limit, Tensor tensor) => Require(limit > 0 && double.IsFinite(limit), "a limit must be positive and finite", tensor);

    private static void Function(ActivationFunction f)
    {
        if (!Enum.IsDefined(f.Kind))
        {
            throw new ArgumentOutOfRangeException(nameof(f), f.Kind, "Unknown activation.");
        }

        if (!double.IsFinite(f.PositiveSlope) || !double.IsFinite(f.NegativeSlope) || !double.IsFinite(f.Beta) || !double.IsFinite(f.Epsilon) || f.Epsilon > 0)
        {
            throw new ArgumentOutOfRangeException(nameof(f), f, "The numbers of an activation must be finite, and its ε not above 0.");
        }
    }
}
