namespace CircuitGrid.Circuits.Tasks;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, 2014). Prompts must be the same on every machine and under every runtime, which the draws of
/// <see cref="Random"/> aren't promised to be.
/// </summary>
/// <param name="seed">Any number.</param>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Uniform in 0 … <paramref name="count"/> − 1.</summary>
    public int Next(int count)
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)Math.BigMul(z ^ (z >> 31), (ulong)count, out _);
    }

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Two different items, each order equally likely.</summary>
    public (T First, T Second) PickTwo<T>(IReadOnlyList<T> items)
    {
        var first = Next(items.Count);
        var second = Next(items.Count - 1);
        return (items[first], items[second < first ? second : second + 1]);
    }

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
