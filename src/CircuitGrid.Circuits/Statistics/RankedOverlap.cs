using System.Collections.Immutable;
using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>Similarity of two rankings of edges without choosing a size.</summary>
public static class RankedOverlap
{
    /// <summary>|first k of A ∩ first k of B| for k = 1 … the shorter length.</summary>
    /// <param name="first">Edges, best first, each once.</param>
    /// <param name="second">The same.</param>
    /// <param name="edges">Number of edges of the graph.</param>
    public static int[] Intersections(ReadOnlySpan<int> first, ReadOnlySpan<int> second, int edges)
    {
        var (inFirst, inSecond) = (new bool[edges], new bool[edges]);
        var shared = new int[Math.Min(first.Length, second.Length)];
        var count = 0;
        for (var k = 0; k < shared.Length; k++)
        {
            inFirst[first[k]] = true;
            inSecond[second[k]] = true;
            count += inSecond[first[k]] ? 1 : 0;
            count += first[k] != second[k] && inFirst[second[k]] ? 1 : 0;
            shared[k] = count;
        }

        return shared;
    }

    /// <summary>Jaccard similarity of the first k edges of both rankings, for every k asked for: overlap as a curve over size.</summary>
    public static ImmutableArray<double> JaccardCurve(ReadOnlySpan<int> first, ReadOnlySpan<int> second, int edges, IEnumerable<int> sizes)
    {
        var shared = Intersections(first, second, edges);
        return [.. sizes.Select(k => k == 0 ? 0 : new Overlap(shared[k - 1], k, k).Jaccard)];
    }

    /// <summary>
    /// Rank-biased overlap, extrapolated (Webber, Moffat and Zobel 2010, eq. 23): (1 − p)·Σ_{k ≤ d} p^(k−1)·A_k + p^d·A_d with A_k the share
    /// of the first k that both have and d the length. 1 for equal rankings, 0 for disjoint ones.
    /// </summary>
    /// <param name="first">Edges, best first, each once.</param>
    /// <param name="second">As many.</param>
    /// <param name="edges">Number of edges of the graph.</param>
    /// <param name="persistence">p in (0, 1): the weight of rank k is p^(k−1), so that the first 1/(1 − p) carry most of it.</param>
    /// <exception cref="ArgumentException">The lengths differ, or are 0.</exception>
    public static double RankBiased(ReadOnlySpan<int> first, ReadOnlySpan<int> second, int edges, double persistence)
    {
        if (first.Length != second.Length || first.IsEmpty)
        {
            throw new ArgumentException($"A ranking of {first.Length} edges can't be compared with one of {second.Length}.", nameof(second));
        }

        var (sum, weight, agreement) = (0.0, 1.0, 0.0);
        var shared = Intersections(first, second, edges);
        for (var k = 1; k <= shared.Length; k++)
        {
            agreement = (double)shared[k - 1] / k;
            sum += weight * agreement;
            weight *= persistence;
        }

        return ((1 - persistence) * sum) + (weight * agreement);
    }
}
