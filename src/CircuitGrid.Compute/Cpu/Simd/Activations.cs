using System.Numerics;
using System.Runtime.CompilerServices;

namespace CircuitGrid.Compute.Cpu.Simd;

/// <summary><see cref="Activation.Gelu"/>.</summary>
internal readonly struct Gelu : IActivation
{
    public static int Cost => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Value(Vector<float> x) => x * VectorMath.Normal(x, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Backward(Vector<float> dy, Vector<float> x, out Vector<float> value)
    {
        var cumulative = VectorMath.Normal(x, out var density);
        value = x * cumulative;
        return dy * Vector.FusedMultiplyAdd(x, density, cumulative);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Secant(Vector<float> dy, Vector<float> x, out Vector<float> value)
    {
        var cumulative = VectorMath.Normal(x, out _);
        value = x * cumulative;
        return dy * cumulative;
    }
}

/// <summary><see cref="Activation.GeluTanh"/>: ½x(1 + tanh(w)) is x·σ(2w), which needs one exponential and keeps its precision for negative x.</summary>
internal readonly struct GeluTanh : IActivation
{
    /// <summary>2√(2/π).</summary>
    private const float Slope = 1.59576912f;

    /// <summary>2√(2/π)·0.044715.</summary>
    private const float Cubic = 0.0713548163f;

    public static int Cost => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Value(Vector<float> x) => x * VectorMath.Logistic(Argument(x), out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Backward(Vector<float> dy, Vector<float> x, out Vector<float> value)
    {
        var logistic = VectorMath.Logistic(Argument(x), out var complement);
        var slope = Vector.FusedMultiplyAdd(Vector.Create(3 * Cubic), x * x, Vector.Create(Slope));
        value = x * logistic;
        return dy * Vector.FusedMultiplyAdd(x * slope, logistic * complement, logistic);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Secant(Vector<float> dy, Vector<float> x, out Vector<float> value)
    {
        var logistic = VectorMath.Logistic(Argument(x), out _);
        value = x * logistic;
        return dy * logistic;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Argument(Vector<float> x) => x * Vector.FusedMultiplyAdd(Vector.Create(Cubic), x * x, Vector.Create(Slope));
}

/// <summary><see cref="Activation.Relu"/>, which is its own secant.</summary>
internal readonly struct Relu : IActivation
{
    public static int Cost => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Value(Vector<float> x) => WherePositive(x, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Backward(Vector<float> dy, Vector<float> x, out Vector<float> value)
    {
        value = Value(x);
        return WherePositive(x, dy);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Secant(Vector<float> dy, Vector<float> x, out Vector<float> value) => Backward(dy, x, out value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> WherePositive(Vector<float> x, Vector<float> value) =>
        Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<float>.Zero), Vector<float>.Zero, value);
}

/// <summary><see cref="Activation.Silu"/>: x·σ(x), whose secant is σ.</summary>
internal readonly struct Silu : IActivation
{
    public static int Cost => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Value(Vector<float> x) => Bounded(x) * VectorMath.Logistic(x, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Backward(Vector<float> dy, Vector<float> x, out Vector<float> value)
    {
        var logistic = VectorMath.Logistic(x, out var complement);
        value = Bounded(x) * logistic;
        return dy * Vector.FusedMultiplyAdd(value, complement, logistic);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Secant(Vector<float> dy, Vector<float> x, out Vector<float> value)
    {
        var logistic = VectorMath.Logistic(x, out _);
        value = Bounded(x) * logistic;
        return dy * logistic;
    }

    // The logistic function stops at e⁻⁸⁷, and so does x, or their product would be of any size.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Bounded(Vector<float> x) => Vector.ConditionalSelect(Vector.LessThan(x, Vector.Create(-87f)), Vector.Create(-87f), x);
}

/// <summary><see cref="Activation.XIelu"/>.</summary>
internal readonly struct XIelu(ActivationFunction f) : IActivation
{
    private readonly float positiveSlope = (float)f.PositiveSlope;
    private readonly float negativeSlope = (float)f.NegativeSlope;
    private readonly float beta = (float)f.Beta;
    private readonly float epsilon = (float)f.Epsilon;

    public static int Cost => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Value(Vector<float> x)
    {
        var linear = x * Vector.Create(beta);
        var right = Vector.FusedMultiplyAdd(x * Vector.Create(positiveSlope), x, linear);
        var left = Vector.FusedMultiplyAdd(Vector.Create(negativeSlope), VectorMath.ExpMinusOne(Bounded(x)) - x, linear);
        return Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), right, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Backward(Vector<float> dy, Vector<float> x, out Vector<float> value)
    {
        value = Value(x);
        return dy * Derivative(x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Secant(Vector<float> dy, Vector<float> x, out Vector<float> value)
    {
        value = Value(x);
        return dy * Vector.ConditionalSelect(Vector.Equals(x, Vector<float>.Zero), Derivative(x), value / x);
    }

    // The minimum stands still from ε on, where eᵐ − 1 has the derivative 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<float> Derivative(Vector<float> x)
    {
        var right = Vector.FusedMultiplyAdd(Vector.Create(2 * positiveSlope), x, Vector.Create(beta));
        var bend = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(x, Vector.Create(epsilon)), Vector.Create(-1f), VectorMath.ExpMinusOne(Bounded(x)));
        var left = Vector.FusedMultiplyAdd(Vector.Create(negativeSlope), bend, Vector.Create(beta));
        return Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), right, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<float> Bounded(Vector<float> x) => Vector.ConditionalSelect(Vector.GreaterThan(x, Vector.Create(epsilon)), Vector.Create(epsilon), x);
}
