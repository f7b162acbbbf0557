using System.Numerics;
using System.Runtime.CompilerServices;

namespace CircuitGrid.Compute.Cpu.Simd;

/// <summary>
/// Elementary functions of float32 from additions, products, once-rounded multiply-adds and divisions only, hence the same bits on every
/// processor. An element's result doesn't depend on its lane, so they take vectors of whatever width the hardware likes.
/// The polynomials are minimax fits of this project (Remez exchange in 40 digits).
/// </summary>
internal static class VectorMath
{
    /// <summary>1.5·2²³: added to a small number it leaves the nearest integer in the low bits.</summary>
    private const float RoundingShift = 12582912f;

    /// <summary>ln 2 in two parts, the first with enough trailing zeros that its product with an exponent is exact.</summary>
    private const float Ln2High = 0.693145751953125f;
    private const float Ln2Low = 1.42860677e-6f;

    private const float Log2E = 1.44269504f;

    /// <summary>eˣ within 1 ulp, subnormal results included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Exp(Vector<float> x)
    {
        // Beyond these bounds the result is 0 or ∞ anyway; NaN passes through both comparisons.
        x = Vector.ConditionalSelect(Vector.LessThan(x, Vector.Create(-104f)), Vector.Create(-104f), x);
        x = Vector.ConditionalSelect(Vector.GreaterThan(x, Vector.Create(89f)), Vector.Create(89f), x);
        return BoundedExp(x);
    }

    /// <summary>1/(1 + e⁻ˣ) and, without cancellation, its complement 1/(1 + eˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Logistic(Vector<float> x, out Vector<float> complement)
    {
        // e⁸⁷ and its reciprocal still are normal numbers, so that the product below is no 0·∞.
        x = Vector.ConditionalSelect(Vector.LessThan(x, Vector.Create(-87f)), Vector.Create(-87f), x);
        x = Vector.ConditionalSelect(Vector.GreaterThan(x, Vector.Create(104f)), Vector.Create(104f), x);
        var e = BoundedExp(-x);
        var logistic = Vector.Create(1f) / (Vector.Create(1f) + e);
        complement = e * logistic;
        return logistic;
    }

    /// <summary>
    /// The standard normal distribution function Φ(x) = ½(1 + erf(x/√2)), relatively accurate in its lower tail too, and its density φ(x).
    /// Up to |x| = 1.25, Φ(x) = ½ + x·P(x²), P good to 4e-9. Beyond, Φ(−a) = e^(−a²/2)·M(a) where (a + 4)·M(a) is a polynomial of
    /// (a − 4)/(a + 4), good to 8e-9 up to a = 15, from where on it is 0 in float32.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Normal(Vector<float> x, out Vector<float> density)
    {
        var a = Vector.Abs(x);
        a = Vector.ConditionalSelect(Vector.GreaterThan(a, Vector.Create(15f)), Vector.Create(15f), a);

        // a² in two floats: the rounding error of one would show in the tail.
        var square = a * a;
        var rest = Vector.FusedMultiplyAdd(a, a, -square);
        var e = BoundedExp(square * Vector.Create(-0.5f));
        e = Vector.FusedMultiplyAdd(e * rest, Vector.Create(-0.5f), e);
        density = e * Vector.Create(0.3989423f);

        var sum = a + Vector.Create(4f);
        var t = (a - Vector.Create(4f)) / sum;
        var q = Vector.FusedMultiplyAdd(Vector.Create(0.001505956853f), t, Vector.Create(-0.003405920573f));
        q = Vector.FusedMultiplyAdd(q, t, Vector.Create(-0.007517131145f));
        q = Vector.FusedMultiplyAdd(q, t, Vector.Create(0.06038382321f));
        q = Vector.FusedMultiplyAdd(q, t, Vector.Create(-0.1865234218f));
        q = Vector.FusedMultiplyAdd(q, t, Vector.Create(0.387138101f));
        q = Vector.FusedMultiplyAdd(q, t, Vector.Create(-0.6078966141f));
        q = Vector.FusedMultiplyAdd(q, t, Vector.Create(0.7552851245f));
        var tail = e * (q / sum);

        var p = Vector.FusedMultiplyAdd(Vector.Create(-6.64484337e-6f), square, Vector.Create(0.0001103273872f));
        p = Vector.FusedMultiplyAdd(p, square, Vector.Create(-0.001182709502f));
        p = Vector.FusedMultiplyAdd(p, square, Vector.Create(0.009971500703f));
        p = Vector.FusedMultiplyAdd(p, square, Vector.Create(-0.06648998546f));
        p = Vector.FusedMultiplyAdd(p, square, Vector.Create(0.3989422587f));
        var centre = Vector.FusedMultiplyAdd(p, x, Vector.Create(0.5f));

        var outer = Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), tail, Vector.Create(1f) - tail);
        return Vector.ConditionalSelect(Vector.LessThan(a, Vector.Create(1.25f)), centre, outer);
    }

    /// <summary>eˣ − 1 for x at most 0, without cancellation near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> ExpMinusOne(Vector<float> x)
    {
        // From here on down the result is −1; NaN passes.
        x = Vector.ConditionalSelect(Vector.LessThan(x, Vector.Create(-20f)), Vector.Create(-20f), x);
        var power = ReducedExpMinusOne(x, out var exponent);
        var scale = Vector.AsVectorSingle(Vector.ShiftLeft(exponent + Vector.Create(127), 23));
        return Vector.FusedMultiplyAdd(scale, power, scale - Vector.Create(1f));
    }

    /// <summary>tanh x, from e^(−2|x|) − 1, which keeps its precision near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Tanh(Vector<float> x)
    {
        var e = ExpMinusOne(Vector.Abs(x) * Vector.Create(-2f));
        return Vector.CopySign(e / (e + Vector.Create(2f)), x);
    }

    /// <summary>eˣ for |x| at most 170.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> BoundedExp(Vector<float> x)
    {
        var p = ReducedExpMinusOne(x, out var exponent) + Vector.Create(1f);

        // 2ⁿ in two halves, each a normal number, so that only the last product rounds into the subnormals or overflows.
        var half = Vector.ShiftRightArithmetic(exponent, 1);
        var first = Vector.AsVectorSingle(Vector.ShiftLeft(half + Vector.Create(127), 23));
        var second = Vector.AsVectorSingle(Vector.ShiftLeft(exponent - half + Vector.Create(127), 23));
        return p * first * second;
    }

    /// <summary>eʳ − 1 = r + r²·Q(r), Q good to 3e-9, where x = n·ln 2 + r with |r| ≤ ½ ln 2, and n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> ReducedExpMinusOne(Vector<float> x, out Vector<int> exponent)
    {
        var shifted = Vector.FusedMultiplyAdd(x, Vector.Create(Log2E), Vector.Create(RoundingShift));
        var n = shifted - Vector.Create(RoundingShift);
        exponent = Vector.AsVectorInt32(shifted) - Vector.AsVectorInt32(Vector.Create(RoundingShift));
        var r = Vector.FusedMultiplyAdd(n, Vector.Create(-Ln2High), x);
        r = Vector.FusedMultiplyAdd(n, Vector.Create(-Ln2Low), r);

        var q = Vector.FusedMultiplyAdd(Vector.Create(0.0013814627f), r, Vector.Create(0.00836871f));
        q = Vector.FusedMultiplyAdd(q, r, Vector.Create(0.041668385f));
        q = Vector.FusedMultiplyAdd(q, r, Vector.Create(0.16666521f));
        q = Vector.FusedMultiplyAdd(q, r, Vector.Create(0.49999994f));
        return Vector.FusedMultiplyAdd(q, r * r, r);
    }
}
