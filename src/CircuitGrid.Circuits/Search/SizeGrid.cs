using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Search;

/// <summary>
/// The sizes at which every cell of a model is evaluated: each from 1 to 10, then those of the E6 series of preferred numbers (IEC 60063), which lie half as large
/// again from one to the next. Faithfulness is known no finer than that: near the threshold it differs more between draws of prompts than between neighbours here
/// (docs/method.md, search).
/// </summary>
public static class SizeGrid
{
    private static readonly ImmutableArray<int> s_preferred = [10, 15, 22, 33, 47, 68];

    /// <summary>The sizes up to <paramref name="max"/>, which is the last of them, ascending.</summary>
    /// <param name="max">Largest budget, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is less than 1.</exception>
    public static ImmutableArray<int> UpTo(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var sizes = ImmutableArray.CreateBuilder<int>();
        for (var size = 1; size < Math.Min(max, s_preferred[0]); size++)
        {
            sizes.Add(size);
        }

        for (var decade = 1L; decade * s_preferred[0] < max; decade *= 10)
        {
            sizes.AddRange(s_preferred.Select(p => decade * p).Where(size => size < max).Select(size => (int)size));
        }

        sizes.Add(max);
        return sizes.DrainToImmutable();
    }
}
