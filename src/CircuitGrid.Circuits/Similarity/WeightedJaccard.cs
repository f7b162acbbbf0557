namespace CircuitGrid.Circuits.Similarity;

/// <summary>The overlap of two sets of scores without a threshold (method, §8.1).</summary>
public static class WeightedJaccard
{
    /// <summary>
    /// Σ min(w, w′) / Σ max(w, w′) with weights w = |score| / Σ|score| of each side, summed in float64 in the order of the edges;
    /// 0 where either side's scores are all 0.
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

        double sumA = 0, sumB = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sumA += Math.Abs(a[i]);
            sumB += Math.Abs(b[i]);
        }

        if (sumA == 0 || sumB == 0)
        {
            return 0;
        }

        double smaller = 0, larger = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var x = Math.Abs(a[i]) / sumA;
            var y = Math.Abs(b[i]) / sumB;
            smaller += Math.Min(x, y);
            larger += Math.Max(x, y);
        }

        return smaller / larger;
    }
}
