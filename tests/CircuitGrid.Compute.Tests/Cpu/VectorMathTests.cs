using System.Numerics;
using CircuitGrid.Compute.Cpu.Simd;
using CircuitGrid.Compute.Reference;

namespace CircuitGrid.Compute.Tests.Cpu;

/// <summary>The elementary functions against float64 over all of float32: every so many bit patterns, both signs, subnormals, ∞ and NaN.</summary>
public sealed class VectorMathTests
{
    private delegate Vector<float> Function(Vector<float> x);

    [Fact]
    public void Exp_AllOfFloat32_WithinOneUnitInTheLastPlace()
    {
        AssertWithin(1, 1021, x => VectorMath.Exp(x), Math.Exp);
        Assert.Equal(float.PositiveInfinity, At(x => VectorMath.Exp(x), float.PositiveInfinity));
        Assert.Equal(float.PositiveInfinity, At(x => VectorMath.Exp(x), 88.73f));
        Assert.Equal(0, At(x => VectorMath.Exp(x), float.NegativeInfinity));
        Assert.Equal(float.Epsilon, At(x => VectorMath.Exp(x), -103f));
        Assert.Equal(1, At(x => VectorMath.Exp(x), -0f));
    }

    [Fact]
    public void Normal_AllOfFloat32_DistributionWithinFiveUnitsEvenInItsTail()
    {
        AssertWithin(5, 40009, x => VectorMath.Normal(x, out _), x => 0.5 * ErrorFunction.Complement(-x / Math.Sqrt(2)));
        Assert.Equal(0.5f, At(x => VectorMath.Normal(x, out _), 0));
        Assert.Equal(1, At(x => VectorMath.Normal(x, out _), float.PositiveInfinity));
        Assert.Equal(0, At(x => VectorMath.Normal(x, out _), float.NegativeInfinity));
    }

    [Fact]
    public void Normal_AroundItsTwoFormulas_NoJump() =>
        AssertWithin(5, [.. Enumerable.Range(-4000, 8000).Select(i => 1.25f + (i * 1e-6f)), .. Enumerable.Range(-4000, 8000).Select(i => -1.25f + (i * 1e-6f))], x => VectorMath.Normal(x, out _), x => 0.5 * ErrorFunction.Complement(-x / Math.Sqrt(2)));

    [Fact]
    public void Normal_AllOfFloat32_DensityWithinThreeUnits()
    {
        AssertWithin(3, 1021, Density, x => Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI));
        Assert.Equal(0, At(Density, float.NegativeInfinity));

        static Vector<float> Density(Vector<float> x)
        {
            VectorMath.Normal(x, out var density);
            return density;
        }
    }

    [Fact]
    public void Logistic_AllOfFloat32_WithinThreeUnits()
    {
        // Below −87 the logistic function is of the order of the smallest normal number and stays at e⁻⁸⁷.
        AssertWithin(3, 1021, x => VectorMath.Logistic(x, out _), x => 1 / (1 + Math.Exp(-Math.Max(x, -87))));
        AssertWithin(3, 1021, Complement, x => 1 / (1 + Math.Exp(Math.Max(x, -87))));
        Assert.Equal(1, At(Complement, float.NegativeInfinity));
        Assert.Equal(0, At(Complement, float.PositiveInfinity));

        static Vector<float> Complement(Vector<float> x)
        {
            VectorMath.Logistic(x, out var complement);
            return complement;
        }
    }

    [Fact]
    public void Tanh_AllOfFloat32_WithinFourUnits()
    {
        AssertWithin(4, 1021, x => VectorMath.Tanh(x), Math.Tanh);
        Assert.Equal(1, At(x => VectorMath.Tanh(x), float.PositiveInfinity));
        Assert.Equal(-1, At(x => VectorMath.Tanh(x), float.NegativeInfinity));
        Assert.True(float.IsNegative(At(x => VectorMath.Tanh(x), -0f)));
    }

    [Fact]
    public void ExpMinusOne_AllNegativeFloat32_WithinTwoUnits()
    {
        AssertWithin(2, 1021, x => VectorMath.ExpMinusOne(-Vector.Abs(x)), Exact);
        Assert.Equal(-1, At(x => VectorMath.ExpMinusOne(x), float.NegativeInfinity));

        static double Exact(double x)
        {
            var half = Math.Min(Math.Abs(x), 100) / 2;
            return -2 * Math.Exp(-half) * Math.Sinh(half);
        }
    }

    [Fact]
    public void Silu_AllOfFloat32_WithinFourUnits()
    {
        // Below −87 it is of the order of the smallest normal number and stays there.
        AssertWithin(4, 1021, x => default(Silu).Value(x), x => Math.Max(x, -87) / (1 + Math.Exp(-Math.Max(x, -87))));
        Assert.Equal(float.PositiveInfinity, At(x => default(Silu).Value(x), float.PositiveInfinity));
    }

    [Fact]
    public void Functions_AnyLane_SameBits()
    {
        float[] values = [-3.7f, 0.1f, 1.3f, -0.2f, 5.5f, -90f, 12f, 1e-9f, 2f, -1.1f, 0.7f, 3.3f, -8f, 0.5f, -0.5f, 88f];
        var together = values.AsSpan(0, Vector<float>.Count);
        foreach (var function in (Function[])[VectorMath.Exp, x => VectorMath.Normal(x, out _), x => VectorMath.Logistic(x, out _), VectorMath.Tanh])
        {
            var results = function(new Vector<float>(together));
            for (var lane = 0; lane < together.Length; lane++)
            {
                Assert.Equal(At(function, together[lane]), results[lane]);
            }
        }
    }

    private static float At(Function function, float x) => function(Vector.Create(x))[0];

    private static void AssertWithin(double units, uint stride, Function function, Func<double, double> exact)
    {
        var values = new List<float>();
        for (var bits = 0UL; bits <= uint.MaxValue; bits += stride)
        {
            values.Add(BitConverter.UInt32BitsToSingle((uint)bits));
        }

        values.AddRange([0f, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, float.NaN]);
        AssertWithin(units, [.. values], function, exact);
    }

    private static void AssertWithin(double units, float[] values, Function function, Func<double, double> exact)
    {
        var padded = new float[values.Length + Vector<float>.Count];
        values.CopyTo(padded, 0);
        for (var i = 0; i < values.Length; i += Vector<float>.Count)
        {
            var results = function(new Vector<float>(padded, i));
            for (var lane = 0; lane < Math.Min(Vector<float>.Count, values.Length - i); lane++)
            {
                var (x, actual, expected) = (values[i + lane], results[lane], exact(values[i + lane]));
                var nearest = (float)expected;
                var unit = float.IsFinite(nearest) ? (double)MathF.BitIncrement(Math.Abs(nearest)) - Math.Abs(nearest) : 0;
                Assert.True(
                    nearest.Equals(actual) || (double.IsInfinity(unit) && float.IsFinite(actual)) || Math.Abs(actual - expected) <= units * unit,
                    $"f({x:R}) = {actual:R} instead of {expected:R}");
            }
        }
    }
}
