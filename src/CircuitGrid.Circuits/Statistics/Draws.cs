namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): the same draws from the same seed on every machine and in every version of the runtime.
/// </summary>
internal sealed class Draws
{
    private ulong state;

    /// <param name="seed">What all draws of one computation depend on.</param>
    /// <param name="stream">Which of its independent sequences: one for each replicate, so that none depends on the order they are made in.</param>
    public Draws(int seed, int stream)
    {
        state = (uint)seed;
        var outer = NextBits();
        state = (uint)stream;
        state = outer ^ NextBits();
    }

    /// <summary>Uniform in 0 … <paramref name="count"/> − 1.</summary>
    public int Next(int count) => (int)Math.BigMul(NextBits(), (ulong)count, out _);

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private ulong NextBits()
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
