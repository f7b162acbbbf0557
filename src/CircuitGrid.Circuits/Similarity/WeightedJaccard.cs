using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Circuits.Similarity;

/// <summary>The overlap of two sets of scores without a threshold (method, §8.1).</summary>
public static class WeightedJaccard
{
    /// <summary>
    /// Σ min(w, w′) / Σ max(w, w′) with weights w = |score| / Σ|score| of each side; 0 where either side's scores are all 0. Sums are
    /// taken in float64 in four lanes, edge i in lane i mod 4, and the lanes added in order: the same on every machine.
    /// </summary>
    /// <param name="a">Scores of all edges, finite.</param>
    /// <param name="b">As many.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length)
        {
            throw new ArgumentException($"Scores of {a.Length} edges can't be compared with those of {b.Length}.", nameof(b));
        }

        var sumA = Magnitude(a);
        var sumB = Magnitude(b);
        if (sumA == 0 || sumB == 0)
        {
            return 0;
        }

        // both weights times sumA·sumB, which cancels: a product an edge instead of a division
        var (scaleA, scaleB) = (Vector256.Create(sumB), Vector256.Create(sumA));
        var smaller = Vector256<double>.Zero;
        var larger = Vector256<double>.Zero;
        for (var i = 0; i < a.Length; i += Vector256<double>.Count)
        {
            var x = Magnitudes(a, i) * scaleA;
            var y = Magnitudes(b, i) * scaleB;
            smaller += Vector256.Min(x, y);
            larger += Vector256.Max(x, y);
        }

        return Fold(smaller) / Fold(larger);
    }

    private static double Magnitude(ReadOnlySpan<float> scores)
    {
        var sum = Vector256<double>.Zero;
        for (var i = 0; i < scores.Length; i += Vector256<double>.Count)
        {
            sum += Magnitudes(scores, i);
        }

        return Fold(sum);
    }

    /// <summary>|score| of four edges; 0 past the end.</summary>
    private static Vector256<double> Magnitudes(ReadOnlySpan<float> scores, int from)
    {
        Vector128<float> four;
        if (from + Vector128<float>.Count <= scores.Length)
        {
            four = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(scores), (nuint)from);
        }
        else
        {
            four = default;
            for (var i = from; i < scores.Length; i++)
            {
                four = four.WithElement(i - from, scores[i]);
            }
        }

        four = Vector128.Abs(four);
        return Vector256.Create(Vector128.WidenLower(four), Vector128.WidenUpper(four));
    }

    private static double Fold(Vector256<double> lanes) => ((lanes[0] + lanes[1]) + lanes[2]) + lanes[3];
}
