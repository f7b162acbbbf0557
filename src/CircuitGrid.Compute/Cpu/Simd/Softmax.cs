using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Simd;

/// <summary>The parts of a softmax over one row. Results depend on the row alone.</summary>
internal static unsafe class Softmax
{
    /// <summary>Largest of <paramref name="count"/> elements, at least one. Reads up to a vector beyond them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Largest(float* row, int count)
    {
        var lanes = Lanes.LoadFirst(row, Math.Min(count, Lanes.Count), float.NegativeInfinity);
        for (var d = Lanes.Count; d < count; d += Lanes.Count)
        {
            var candidate = count - d >= Lanes.Count ? Vector512.Load(row + d) : Lanes.LoadFirst(row + d, count - d, float.NegativeInfinity);
            lanes = Vector512.ConditionalSelect(Vector512.GreaterThan(candidate, lanes), candidate, lanes);
        }

        var eight = Larger(lanes.GetLower(), lanes.GetUpper());
        var four = Vector128.ConditionalSelect(Vector128.GreaterThan(eight.GetUpper(), eight.GetLower()), eight.GetUpper(), eight.GetLower());
        return Larger(Larger(four.GetElement(0), four.GetElement(2)), Larger(four.GetElement(1), four.GetElement(3)));
    }

    /// <summary>to[d] = e^(scale·(row[d] − largest)); <paramref name="to"/> may be <paramref name="row"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exponentials(float* to, float* row, int count, float largest, float scale)
    {
        var shift = Vector.Create(largest);
        var factor = Vector.Create(scale);
        var d = 0;
        for (; d + Vector<float>.Count <= count; d += Vector<float>.Count)
        {
            VectorMath.Exp((Vector.Load(row + d) - shift) * factor).Store(to + d);
        }

        if (d < count)
        {
            Elementwise.StoreFirst(to + d, VectorMath.Exp((Vector.Load(row + d) - shift) * factor), count - d);
        }
    }

    /// <summary>
    /// Softmax of scale·row over the first <paramref name="count"/> elements, in place, its sum in 16 float32 lanes; exact zeros from there
    /// up to <paramref name="columns"/>, a multiple of 16 that is at least <paramref name="count"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ShortRow(float* row, int count, int columns, float scale)
    {
        var used = Lanes.RoundUp(count);
        var last = used - Lanes.Count;
        Exponentials(row, row, used, Largest(row, count), scale);
        var sum = Vector512<float>.Zero;
        for (var d = 0; d < last; d += Lanes.Count)
        {
            sum += Vector512.Load(row + d);
        }

        var rest = Lanes.LoadFirst(row + last, count - last);
        var factor = Vector512.Create(1 / Lanes.Sum(sum + rest));
        for (var d = 0; d < last; d += Lanes.Count)
        {
            (Vector512.Load(row + d) * factor).Store(row + d);
        }

        (rest * factor).Store(row + last);
        for (var d = used; d < columns; d += Lanes.Count)
        {
            Vector512<float>.Zero.Store(row + d);
        }
    }

    /// <summary>
    /// row = cap·tanh(scale·row/cap), and where given slopes = scale·(1 − tanh²); <paramref name="count"/> is a multiple of 16.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Cap(float* row, float* slopes, int count, float scale, float cap)
    {
        var factor = Vector.Create(scale / cap);
        for (var d = 0; d < count; d += Vector<float>.Count)
        {
            var tanh = VectorMath.Tanh(Vector.Load(row + d) * factor);
            (tanh * Vector.Create(cap)).Store(row + d);
            if (slopes is not null)
            {
                (Vector.FusedMultiplyAdd(-tanh, tanh, Vector.Create(1f)) * Vector.Create(scale)).Store(slopes + d);
            }
        }
    }

    /// <summary>Sum in 16 float64 lanes, for rows as long as a vocabulary.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double LongSum(float* row, int count)
    {
        var lower = Vector512<double>.Zero;
        var upper = Vector512<double>.Zero;
        for (var d = 0; d < count; d += Lanes.Count)
        {
            var values = count - d >= Lanes.Count ? Vector512.Load(row + d) : Lanes.LoadFirst(row + d, count - d);
            lower += Vector512.WidenLower(values);
            upper += Vector512.WidenUpper(values);
        }

        return Lanes.Sum(lower, upper);
    }

    /// <summary>Σ weights[d]·(a[d] − b[d]) in 16 float64 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double LongWeightedDifference(float* weights, float* a, float* b, int count)
    {
        var lower = Vector512<double>.Zero;
        var upper = Vector512<double>.Zero;
        for (var d = 0; d < count; d += Lanes.Count)
        {
            var n = Math.Min(count - d, Lanes.Count);
            var (weight, x, y) = (Lanes.LoadFirst(weights + d, n), Lanes.LoadFirst(a + d, n), Lanes.LoadFirst(b + d, n));
            lower += Vector512.WidenLower(weight) * (Vector512.WidenLower(x) - Vector512.WidenLower(y));
            upper += Vector512.WidenUpper(weight) * (Vector512.WidenUpper(x) - Vector512.WidenUpper(y));
        }

        return Lanes.Sum(lower, upper);
    }

    /// <summary>to[d] = scale·to[d] − otherScale·other[d].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Difference(float* to, float* other, int count, float scale, float otherScale)
    {
        var (factor, otherFactor) = (Vector.Create(scale), Vector.Create(otherScale));
        for (var d = 0; d < count; d += Vector<float>.Count)
        {
            var difference = (Vector.Load(to + d) * factor) - (Vector.Load(other + d) * otherFactor);
            Elementwise.StoreFirst(to + d, difference, Math.Min(count - d, Vector<float>.Count));
        }
    }

    /// <summary>e^(logit − largest) of a single element, with the bits <see cref="Exponentials"/> gives it.</summary>
    public static float Exponential(float logit, float largest) => VectorMath.Exp(Vector.Create(logit - largest))[0];

    private static Vector256<float> Larger(Vector256<float> current, Vector256<float> candidate) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(candidate, current), candidate, current);

    private static float Larger(float current, float candidate) => candidate > current ? candidate : current;
}
