using System.Collections.Immutable;

namespace CircuitGrid.Models.Suites;

/// <summary>
/// Selections of training steps for suites that are saved like Pythia: at step 0, at the powers of two up to 512, and then at every
/// thousandth up to 143,000 (Biderman et al. 2023). The named ones are those of the circuits-over-time study (Tigges et al. 2024).
/// </summary>
public static class CheckpointSchedule
{
    private const int LastThousand = 143;

    private static readonly ImmutableArray<int> s_powersOfTwo = [.. Enumerable.Range(0, 10).Select(i => 1 << i)];

    /// <summary>Every thousandth step: 143.</summary>
    public static ImmutableArray<int> Linear { get; } = Union(Multiples(1000, 1, LastThousand));

    /// <summary>All that Pythia has saved: 154.</summary>
    public static ImmutableArray<int> All { get; } = Union([0], s_powersOfTwo, Linear);

    /// <summary>Powers of two, from 1000 on those of which a neighbouring thousand was saved: 18.</summary>
    public static ImmutableArray<int> Exponential { get; } = Union(s_powersOfTwo, [1000, 2000, 4000, 8000, 16000, 33000, 66000, 131000]);

    /// <summary>Dense to 15,000, then by 5,000 to 65,000, then by 10,000 to 140,000: 33.</summary>
    public static ImmutableArray<int> Detail { get; } = Union(Multiples(1000, 1, 15), Multiples(5000, 3, 13), Multiples(10000, 7, 14));

    /// <summary><see cref="Detail"/> after the powers of two: 43.</summary>
    public static ImmutableArray<int> ExponentialPlusDetail { get; } = Union(s_powersOfTwo, Detail);

    /// <summary>By 4,000 to 60,000 and, as in <see cref="Detail"/>, by 5,000 and 10,000: 31.</summary>
    public static ImmutableArray<int> LateStartDetail { get; } = Union(Multiples(4000, 1, 15), Multiples(5000, 3, 13), Multiples(10000, 7, 14));

    /// <summary>Every thousandth step from 4,000 on: 140.</summary>
    public static ImmutableArray<int> LateStart { get; } = Union(Multiples(1000, 4, LastThousand));

    /// <summary>A coarse selection for the largest models: 28.</summary>
    public static ImmutableArray<int> Sparse { get; } =
        Union([256, 512], Multiples(1000, 1, 9), Multiples(5000, 2, 9), Multiples(10000, 5, 9), [100_000, 120_000, 140_000, 143_000]);

    /// <summary>The schedules by the names under which an experiment asks for them.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<int>> ByName { get; } = new Dictionary<string, ImmutableArray<int>>(StringComparer.Ordinal)
    {
        ["linear"] = Linear,
        ["all"] = All,
        ["exponential"] = Exponential,
        ["detail"] = Detail,
        ["exp-plus-detail"] = ExponentialPlusDetail,
        ["late-start-detail"] = LateStartDetail,
        ["late-start"] = LateStart,
        ["sparse"] = Sparse,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static IEnumerable<int> Multiples(int unit, int first, int last) => Enumerable.Range(first, last - first + 1).Select(i => i * unit);

    private static ImmutableArray<int> Union(params IEnumerable<int>[] steps) => [.. steps.SelectMany(s => s).Distinct().Order()];
}
