using System.Numerics;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Simd;

/// <summary>The parts of a softmax over one row. Results depend on the row alone.</summary>
internal static unsafe class Softmax
{
    /// <summary>Largest of <paramref name="count"/> elements, at least one; NaN is passed over.</summary>
    public static float Largest(float* row, int count)
    {
        var largest = row[0];
        var d = 0;
        if (count >= Lanes.Count)
        {
            var lanes = Vector512.Load(row);
            for (d = Lanes.Count; d + Lanes.Count <= count; d += Lanes.Count)
            {
                var candidate = Vector512.Load(row + d);
                lanes = Vector512.ConditionalSelect(Vector512.GreaterThan(candidate, lanes), candidate, lanes);
            }

            var eight = Larger(lanes.GetLower(), lanes.GetUpper());
            for (var lane = 0; lane < Vector256<float>.Count; lane++)
            {
                largest = Larger(largest, eight.GetElement(lane));
            }
        }

        for (; d < count; d++)
        {
            largest = Larger(largest, row[d]);
        }

        return largest;
    }

    /// <summary>to[d] = e^(scale·(row[d] − largest)); <paramref name="to"/> may be <paramref name="row"/>.</summary>
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

    /// <summary>Sum in 16 float32 lanes, for short rows. <paramref name="count"/> is a multiple of 16.</summary>
    public static float ShortSum(float* row, int count)
    {
        var sum = Vector512<float>.Zero;
        for (var d = 0; d < count; d += Lanes.Count)
        {
            sum += Vector512.Load(row + d);
        }

        return Lanes.Sum(sum);
    }

    /// <summary>Sum in 16 float64 lanes, for rows as long as a vocabulary.</summary>
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

    /// <summary>e^(logit − largest) of a single element, with the bits <see cref="Exponentials"/> gives it.</summary>
    public static float Exponential(float logit, float largest) => VectorMath.Exp(Vector.Create(logit - largest))[0];

    private static Vector256<float> Larger(Vector256<float> current, Vector256<float> candidate) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(candidate, current), candidate, current);

    private static float Larger(float current, float candidate) => candidate > current ? candidate : current;
}
