using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Circuits.Similarity;

/// <summary>Counts the set bits of long bit strings.</summary>
internal static class PopulationCount
{
    /// <summary>Vectors that one step of the carry-save adder takes in.</summary>
    private const int Step = 8;

    /// <summary>Number of bits set in both.</summary>
    /// <param name="a">Words.</param>
    /// <param name="b">As many words.</param>
    public static long OfIntersection(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        if (a.Length != b.Length)
        {
            throw new ArgumentException("The bit strings differ in length.", nameof(b));
        }

        return Vector512.IsHardwareAccelerated ? Wide(a, b) : Plain(a, b);
    }

    internal static long Plain(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        long count0 = 0, count1 = 0, count2 = 0, count3 = 0;
        var i = 0;
        for (; i + 4 <= a.Length; i += 4)
        {
            count0 += BitOperations.PopCount(a[i] & b[i]);
            count1 += BitOperations.PopCount(a[i + 1] & b[i + 1]);
            count2 += BitOperations.PopCount(a[i + 2] & b[i + 2]);
            count3 += BitOperations.PopCount(a[i + 3] & b[i + 3]);
        }

        for (; i < a.Length; i++)
        {
            count0 += BitOperations.PopCount(a[i] & b[i]);
        }

        return count0 + count1 + count2 + count3;
    }

    /// <summary>
    /// Harley and Seal's method: carry-save adders sum eight vectors bit by bit into ones, twos, fours and eights, so that
    /// only one vector in eight has to be counted.
    /// </summary>
    internal static long Wide(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        ref var pa = ref MemoryMarshal.GetReference(a);
        ref var pb = ref MemoryMarshal.GetReference(b);
        var ones = Vector512<ulong>.Zero;
        var twos = Vector512<ulong>.Zero;
        var fours = Vector512<ulong>.Zero;
        var total = Vector512<ulong>.Zero;
        var width = Vector512<ulong>.Count;
        var blocks = a.Length / (Step * width);
        for (var block = 0; block < blocks; block++)
        {
            var at = (nuint)(block * Step * width);
            var twosA = Carry(ref ones, Both(ref pa, ref pb, at, 0), Both(ref pa, ref pb, at, 1));
            var twosB = Carry(ref ones, Both(ref pa, ref pb, at, 2), Both(ref pa, ref pb, at, 3));
            var foursA = Carry(ref twos, twosA, twosB);
            twosA = Carry(ref ones, Both(ref pa, ref pb, at, 4), Both(ref pa, ref pb, at, 5));
            twosB = Carry(ref ones, Both(ref pa, ref pb, at, 6), Both(ref pa, ref pb, at, 7));
            var foursB = Carry(ref twos, twosA, twosB);
            total += Bits(Carry(ref fours, foursA, foursB));
        }

        var counted = (8 * (long)Vector512.Sum(total))
            + (4 * (long)Vector512.Sum(Bits(fours)))
            + (2 * (long)Vector512.Sum(Bits(twos)))
            + (long)Vector512.Sum(Bits(ones));
        var rest = blocks * Step * width;
        return counted + Plain(a[rest..], b[rest..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Both(ref ulong a, ref ulong b, nuint at, int vector)
    {
        var index = at + (nuint)(vector * Vector512<ulong>.Count);
        return Vector512.LoadUnsafe(ref a, index) & Vector512.LoadUnsafe(ref b, index);
    }

    /// <summary>Adds two bits to a running one in every place; returns the carries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Carry(ref Vector512<ulong> sum, Vector512<ulong> a, Vector512<ulong> b)
    {
        var half = sum ^ a;
        var carry = (sum & a) | (half & b);
        sum = half ^ b;
        return carry;
    }

    /// <summary>Set bits of each 64-bit lane, by adding neighbours of growing width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Bits(Vector512<ulong> x)
    {
        x -= (x >> 1) & Vector512.Create(0x5555555555555555UL);
        x = (x & Vector512.Create(0x3333333333333333UL)) + ((x >> 2) & Vector512.Create(0x3333333333333333UL));
        x = (x + (x >> 4)) & Vector512.Create(0x0F0F0F0F0F0F0F0FUL);
        x += x >> 8;
        x += x >> 16;
        x += x >> 32;
        return x & Vector512.Create(0x7FUL);
    }
}
