using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Circuits.Similarity;

/// <summary>The overlap of two sets of scores, of all edges without a threshold or of those in two circuits (docs/method.md, comparison).</summary>
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

    /// <summary>
    /// The same over the edges that are in one circuit or both, as the authors of the paper take it: w = |score| / Σ|score| over the edges in the own circuit, and 0 for an edge
    /// outside it. 0 where either circuit's scores are all 0, or it has no edges. Sums are taken in float64 in the order of edges.
    /// </summary>
    /// <param name="a">Scores of all edges, finite.</param>
    /// <param name="circuit">The edges in the circuit of <paramref name="a"/>.</param>
    /// <param name="b">Scores of as many edges.</param>
    /// <param name="other">The edges in the circuit of <paramref name="b"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double InCircuits(ReadOnlySpan<float> a, BitMask circuit, ReadOnlySpan<float> b, BitMask other)
    {
        if (a.Length != b.Length || a.Length != circuit.Length || b.Length != other.Length)
        {
            throw new ArgumentException($"Scores of {a.Length} and {b.Length} edges can't be compared in circuits of {circuit.Length} and {other.Length}.", nameof(b));
        }

        var (sumA, sumB) = (Magnitude(a, circuit), Magnitude(b, other));
        if (sumA == 0 || sumB == 0)
        {
            return 0;
        }

        var (smaller, larger) = (0.0, 0.0);
        foreach (var edge in circuit.Indices())
        {
            var (x, y) = (Math.Abs((double)a[edge]) * sumB, other[edge] ? Math.Abs((double)b[edge]) * sumA : 0);
            smaller += Math.Min(x, y);
            larger += Math.Max(x, y);
        }

        foreach (var edge in other.Indices())
        {
            larger += circuit[edge] ? 0 : Math.Abs((double)b[edge]) * sumA;
        }

        return smaller / larger;
    }

    private static double Magnitude(ReadOnlySpan<float> scores, BitMask circuit)
    {
        var sum = 0.0;
        foreach (var edge in circuit.Indices())
        {
            sum += Math.Abs((double)scores[edge]);
        }

        return sum;
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
