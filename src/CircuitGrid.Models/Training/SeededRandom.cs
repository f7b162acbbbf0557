namespace CircuitGrid.Models.Training;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): the same draws from the same seed on every machine and in every version of the runtime,
/// which <see cref="Random"/> doesn't promise.
/// </summary>
/// <param name="seed">Any number.</param>
internal sealed class SeededRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>A generator whose draws don't depend on how many were taken from any other: one for each (seed, stream).</summary>
    public static SeededRandom ForStream(int seed, ulong stream)
    {
        var outer = new SeededRandom((uint)seed);
        return new SeededRandom(outer.NextBits() ^ new SeededRandom(stream).NextBits());
    }

    public ulong NextBits()
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextUnit() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 … <paramref name="count"/> − 1.</summary>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)Math.BigMul(NextBits(), (ulong)count, out _);
    }

    /// <summary>Uniform in <paramref name="first"/> … <paramref name="last"/>, both included.</summary>
    public int Between(int first, int last) => first + Next(last - first + 1);

    public bool Chance(double probability) => NextUnit() < probability;

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>
    /// Close to a standard normal: twelve uniforms less six. Unlike the exact transformations it needs no logarithm or cosine,
    /// whose last bit differs between platforms.
    /// </summary>
    public double NextNormal()
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++)
        {
            sum += NextUnit();
        }

        return sum;
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
