using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// Permutation test of two cells' circuits. Where nothing differs but which prompts were drawn, it is of no account which cell a sampling unit's scores came from, so
/// that the similarity of the two circuits is one of those that exchanged units give, and lies among the least 2.5 % of them in at most 2.5 % of the cases: at every
/// size of circuit, and whatever the scores are distributed like.
/// </summary>
/// <remarks>
/// Units are exchanged one for one where both cells have the same prompts, and dealt anew otherwise. Scores are first scaled to Σ|mean| = 1, because a model that does
/// the same more strongly has no other circuit. P is (1 + b)/(1 + B) for b of B permutations as dissimilar as what was seen (Phipson and Smyth 2010), b/B over all
/// permutations where there are fewer than B. Permutations end once p can't come to the level any more (Besag and Clifford 1991).
/// </remarks>
public static class ExchangeTest
{
    /// <summary>Most permutations.</summary>
    public const int Permutations = 999;

    private const int AtOnce = 111;

    /// <summary>Streams of draws that must not meet those of resamples and splits start here.</summary>
    private const int ExchangeStreams = 1 << 25;

    /// <summary>Similarities closer than that are equal.</summary>
    private const double Rounding = 1e-12;

    /// <summary>The one-sided p of circuits as dissimilar as these.</summary>
    /// <param name="first">The first cell.</param>
    /// <param name="second">The second cell, of the same graph.</param>
    /// <param name="budgets">The sizes at which the circuits are compared, at least one.</param>
    /// <param name="isPaired">Whether the units of both are the same prompts.</param>
    /// <param name="options">Seed and threads.</param>
    /// <param name="cancellation">Checked between permutations.</param>
    public static double PValue(
        UnitScores first, UnitScores second, ImmutableArray<int> budgets, bool isPaired, BootstrapOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        var pool = Pool(first, second);
        var units = first.Units.Length + second.Units.Length;
        ImmutableArray<ImmutableArray<int>> blocks =
            [.. first.Units, .. second.Units.Select(unit => unit.Select(b => b + first.Means.Blocks).ToImmutableArray())];
        var seen = Similarity(First(units, first.Units.Length), new float[pool.Graph.Edges]);
        var all = isPaired ? Math.Pow(2, first.Units.Length - 1) : Combinations(units, first.Units.Length);
        if (all <= Permutations)
        {
            bool[][] sides = [.. isPaired ? Swaps(first.Units.Length) : Deals(units, first.Units.Length)];
            return (double)Count(sides.Length, i => sides[i]) / sides.Length;
        }

        int done = 0, below = 0;
        while (done < Permutations && below + 1 <= CircuitDifference.Level * (Permutations + 1))
        {
            var start = done;
            below += Count(AtOnce, i => Draw(new Draws(options.Seed, ExchangeStreams + start + i)));
            done += AtOnce;
        }

        return (1.0 + below) / (1 + done);

        int Count(int permutations, Func<int, bool[]> side)
        {
            var similarities = new double[permutations];
            Parallel.For(0, permutations, options.Parallel(cancellation), () => new float[pool.Graph.Edges], (i, _, buffer) =>
            {
                similarities[i] = Similarity(side(i), buffer);
                return buffer;
            }, _ => { });
            return similarities.Count(s => s <= seen + Rounding);
        }

        bool[] Draw(Draws draws)
        {
            var side = First(units, first.Units.Length);
            if (isPaired)
            {
                for (var u = 0; u < first.Units.Length; u++)
                {
                    var swap = draws.Next(2) == 1;
                    (side[u], side[first.Units.Length + u]) = (!swap, swap);
                }
            }
            else
            {
                draws.Shuffle<bool>(side);
            }

            return side;
        }

        double Similarity(bool[] isFirst, float[] buffer)
        {
            int[] one = new int[pool.Blocks], other = new int[pool.Blocks];
            for (var u = 0; u < isFirst.Length; u++)
            {
                foreach (var block in blocks[u])
                {
                    (isFirst[u] ? one : other)[block] = 1;
                }
            }

            var a = first.Rule.SelectAll(pool, one, buffer, budgets);
            var b = second.Rule.SelectAll(pool, other, buffer, budgets);
            return a.Zip(b, (x, y) => x.OverlapWith(y).Jaccard).Average();
        }
    }

    /// <summary>The least p there can be: with too few units no difference can be shown.</summary>
    /// <param name="first">Units of the first cell.</param>
    /// <param name="second">Units of the second.</param>
    /// <param name="isPaired">Whether they are the same prompts.</param>
    /// <remarks>Sides that are exchanged as a whole are as similar as before, so that pairs, and equally many units, give at most half of their permutations.</remarks>
    public static double LeastPValue(int first, int second, bool isPaired)
    {
        var all = isPaired ? Math.Pow(2, first - 1) : Combinations(first + second, first) / (first == second ? 2 : 1);
        return Math.Max(1 / all, 1.0 / (Permutations + 1));
    }

    private static BlockMeans Pool(UnitScores first, UnitScores second) => new(
        first.Means.Graph,
        [.. first.Means.Scaled(), .. second.Means.Scaled()],
        [.. first.Means.Counts, .. second.Means.Counts]);

    private static bool[] First(int units, int count) => [.. Enumerable.Range(0, units).Select(u => u < count)];

    private static double Combinations(int n, int k)
    {
        var combinations = 1.0;
        for (var i = 1; i <= k; i++)
        {
            combinations = combinations * (n - k + i) / i;
        }

        return combinations;
    }

    /// <summary>All ways to swap pairs; the first pair stays, because swapping all changes nothing.</summary>
    private static IEnumerable<bool[]> Swaps(int pairs)
    {
        for (var bits = 0; bits < 1 << (pairs - 1); bits++)
        {
            bool[] swapped = [.. Enumerable.Range(0, pairs).Select(u => u > 0 && ((bits >> (u - 1)) & 1) == 1)];
            yield return [.. swapped.Select(s => !s), .. swapped];
        }
    }

    /// <summary>All ways to deal units to sides of given numbers: the next one moves the last unit of the first side that can move, and those after it close up.</summary>
    private static IEnumerable<bool[]> Deals(int units, int count)
    {
        var dealt = Enumerable.Range(0, count).ToArray();
        while (true)
        {
            var side = new bool[units];
            Array.ForEach(dealt, u => side[u] = true);
            yield return side;
            var last = Array.FindLastIndex(dealt, u => u < units - count + Array.IndexOf(dealt, u));
            if (last < 0)
            {
                yield break;
            }

            dealt[last]++;
            for (var i = last + 1; i < count; i++)
            {
                dealt[i] = dealt[i - 1] + 1;
            }
        }
    }
}
