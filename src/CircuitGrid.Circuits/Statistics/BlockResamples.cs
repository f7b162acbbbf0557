using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// Which examples count how often in a resample: whole blocks, drawn with replacement. The weights depend on nothing but the seed, the
/// resample's number and the number of blocks, so that cells with the same blocks are resampled alike and their differences are paired.
/// </summary>
internal static class BlockResamples
{
    /// <summary>Streams of draws that must not meet those of the resamples start here.</summary>
    private const int SplitStreams = 1 << 24;

    /// <summary>As many draws with replacement as there are units to draw from, all blocks of a unit together.</summary>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="units">The blocks of every unit that can be drawn, [units].</param>
    /// <param name="resample">Number of the resample.</param>
    /// <param name="seed">Seed.</param>
    /// <returns>How often each block was drawn, [blocks].</returns>
    public static int[] Weights(int blocks, ImmutableArray<ImmutableArray<int>> units, int resample, int seed)
    {
        var draws = new Draws(seed, resample);
        var weights = new int[blocks];
        for (var i = 0; i < units.Length; i++)
        {
            foreach (var block in units[draws.Next(units.Length)])
            {
                weights[block]++;
            }
        }

        return weights;
    }

    /// <summary>Some of the units, drawn without replacement.</summary>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="units">The blocks of every unit that can be drawn, [units].</param>
    /// <param name="count">How many to draw.</param>
    /// <param name="resample">Number of the resample.</param>
    /// <param name="seed">Seed.</param>
    /// <returns>1 for each block of a unit drawn and 0 for the others, [blocks].</returns>
    public static int[] Subset(int blocks, ImmutableArray<ImmutableArray<int>> units, int count, int resample, int seed)
    {
        var order = units.ToArray();
        new Draws(seed, resample).Shuffle<ImmutableArray<int>>(order);
        var weights = new int[blocks];
        foreach (var block in order.Take(count).SelectMany(unit => unit))
        {
            weights[block] = 1;
        }

        return weights;
    }

    /// <summary>Cuts the units of a resample in two at random, so that the two sides have no unit in common.</summary>
    /// <param name="weights">How often each block counts, the same for all blocks of a unit.</param>
    /// <param name="units">The blocks of every unit; at least two of them count.</param>
    /// <param name="split">Number of the split.</param>
    /// <param name="seed">Seed.</param>
    public static (int[] First, int[] Second) Halves(ReadOnlySpan<int> weights, ImmutableArray<ImmutableArray<int>> units, int split, int seed)
    {
        var drawn = new List<ImmutableArray<int>>();
        foreach (var unit in units)
        {
            if (weights[unit[0]] > 0)
            {
                drawn.Add(unit);
            }
        }

        var order = drawn.ToArray();
        new Draws(seed, SplitStreams + split).Shuffle<ImmutableArray<int>>(order);
        int[] first = new int[weights.Length], second = new int[weights.Length];
        for (var i = 0; i < order.Length; i++)
        {
            foreach (var block in order[i])
            {
                (i < order.Length / 2 ? first : second)[block] = weights[block];
            }
        }

        return (first, second);
    }
}
