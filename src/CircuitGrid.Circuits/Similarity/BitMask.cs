using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;

namespace CircuitGrid.Circuits.Similarity;

/// <summary>An immutable set of edges or nodes, one bit each; bit i is bit i mod 64 of word i / 64.</summary>
public sealed class BitMask : IEquatable<BitMask>
{
    private readonly ulong[] words;

    private BitMask(int length, ulong[] words)
    {
        Length = length;
        this.words = words;
        Count = checked((int)PopulationCount.OfIntersection(words, words));
    }

    /// <summary>Number of bits, set or not.</summary>
    public int Length { get; }

    /// <summary>Number of bits set.</summary>
    public int Count { get; }

    /// <summary>The words; bits past <see cref="Length"/> are 0.</summary>
    public ReadOnlySpan<ulong> Words => words;

    /// <summary>Whether bit <paramref name="index"/> is set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such bit.</exception>
    public bool this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
            return (words[index >> 6] >> (index & 63) & 1) != 0;
        }
    }

    /// <summary>Number of words that <paramref name="length"/> bits take.</summary>
    public static int WordCount(int length) => (int)(((long)length + 63) >> 6);

    /// <summary>A mask with no bit set.</summary>
    public static BitMask Empty(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new(length, new ulong[WordCount(length)]);
    }

    /// <summary>The mask of these flags.</summary>
    public static BitMask Of(ReadOnlySpan<bool> flags)
    {
        var bits = new ulong[WordCount(flags.Length)];
        for (var i = 0; i < flags.Length; i++)
        {
            bits[i >> 6] |= flags[i] ? 1UL << (i & 63) : 0;
        }

        return new(flags.Length, bits);
    }

    /// <summary>The mask with exactly the bits of <paramref name="indices"/> set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index isn't in [0, <paramref name="length"/>).</exception>
    public static BitMask FromIndices(int length, IEnumerable<int> indices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var bits = new ulong[WordCount(length)];
        foreach (var index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, length, nameof(indices));
            bits[index >> 6] |= 1UL << (index & 63);
        }

        return new(length, bits);
    }

    /// <summary>The mask of these words.</summary>
    /// <exception cref="ArgumentException">The number of words doesn't fit, or a bit past <paramref name="length"/> is set.</exception>
    public static BitMask FromWords(int length, ReadOnlySpan<ulong> words)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (words.Length != WordCount(length))
        {
            throw new ArgumentException($"{length} bits take {WordCount(length)} words, not {words.Length}.", nameof(words));
        }

        if ((length & 63) != 0 && words[^1] >> (length & 63) != 0)
        {
            throw new ArgumentException($"A bit past the last of {length} is set.", nameof(words));
        }

        return new(length, words.ToArray());
    }

    /// <summary>The indices of the bits set, ascending.</summary>
    public ImmutableArray<int> Indices()
    {
        var indices = new int[Count];
        var n = 0;
        for (var w = 0; w < words.Length; w++)
        {
            for (var rest = words[w]; rest != 0; rest &= rest - 1)
            {
                indices[n++] = (w << 6) + BitOperations.TrailingZeroCount(rest);
            }
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(indices);
    }

    /// <summary>How much of two masks is in common.</summary>
    /// <exception cref="ArgumentException">They differ in length: they are of different graphs.</exception>
    public Overlap OverlapWith(BitMask other)
    {
        if (other.Length != Length)
        {
            throw new ArgumentException($"A mask of {Length} bits can't be compared with one of {other.Length}.", nameof(other));
        }

        return new((int)PopulationCount.OfIntersection(words, other.words), Count, other.Count);
    }

    public bool Equals(BitMask? other) => other is not null && other.Length == Length && words.AsSpan().SequenceEqual(other.words);

    public override bool Equals(object? obj) => Equals(obj as BitMask);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Length);
        hash.AddBytes(MemoryMarshal.AsBytes(words.AsSpan()));
        return hash.ToHashCode();
    }

    public override string ToString() => $"{Count} of {Length}";
}
