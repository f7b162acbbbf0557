using System.Numerics;
using CircuitGrid.Circuits.Similarity;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Circuits.Tests.Similarity;

public sealed class BitMaskTests
{
    /// <summary>Lengths around the words and the vectors, where an off-by-one would show.</summary>
    private static readonly Gen<int> lengths = Gen.OneOf(Gen.Choose(0, 130), Gen.Elements(511, 512, 513, 4095, 4096, 4097, 9000));

    [Fact]
    public void OverlapWith_RandomSets_CountsAsHashSetsDo()
    {
        Prop.ForAll(lengths.Two().SelectMany(x => Gen.Choose(0, 100).Two().Select(d => (Length: x.Item1, Seed: x.Item2, Density: d))).ToArbitrary(), x =>
        {
            var random = new Random(x.Seed);
            var a = Draw(random, x.Length, x.Density.Item1);
            var b = Draw(random, x.Length, x.Density.Item2);
            var overlap = BitMask.FromIndices(x.Length, a).OverlapWith(BitMask.FromIndices(x.Length, b));
            return overlap.Intersection == a.Intersect(b).Count()
                && overlap.Union == a.Union(b).Count()
                && overlap.First == a.Count
                && overlap.Second == b.Count;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void WideCount_AnyWords_EqualsPlainCount()
    {
        var random = new Random(5);
        for (var words = 0; words < 400; words += 7)
        {
            var a = Words(random, words);
            var b = Words(random, words);
            var expected = a.Zip(b).Sum(pair => (long)BitOperations.PopCount(pair.First & pair.Second));
            Assert.Equal(expected, PopulationCount.Wide(a, b));
            Assert.Equal(expected, PopulationCount.Plain(a, b));
        }
    }

    [Fact]
    public void WideCount_AllBitsSet_CarriesThroughEveryPlace()
    {
        var ones = Enumerable.Repeat(ulong.MaxValue, 64 * 33).ToArray();
        Assert.Equal(64L * ones.Length, PopulationCount.Wide(ones, ones));
    }

    [Fact]
    public void Indices_OfMadeMask_AreThoseGiven()
    {
        int[] indices = [0, 1, 63, 64, 127, 128, 199];
        var mask = BitMask.FromIndices(200, indices.Reverse());
        Assert.Equal(indices, mask.Indices());
        Assert.Equal(indices.Length, mask.Count);
        Assert.True(mask[199]);
        Assert.False(mask[198]);
        Assert.Equal(mask, BitMask.FromWords(200, mask.Words));
        Assert.Equal(mask, BitMask.Of([.. Enumerable.Range(0, 200).Select(i => indices.Contains(i))]));
        Assert.NotEqual(mask, BitMask.FromIndices(201, indices));
    }

    [Fact]
    public void FromWords_BitPastTheEnd_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => BitMask.FromWords(65, [0UL, 2UL]));
        Assert.Throws<ArgumentException>(() => BitMask.FromWords(65, [0UL]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BitMask.FromIndices(65, [65]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BitMask.FromIndices(65, [-1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BitMask.Empty(65)[65]);
    }

    [Fact]
    public void OverlapWith_OtherLength_IsRefused() =>
        Assert.Throws<ArgumentException>(() => BitMask.Empty(64).OverlapWith(BitMask.Empty(63)));

    [Fact]
    public void Jaccard_OfEmptySets_IsZero()
    {
        Assert.Equal(0, BitMask.Empty(10).OverlapWith(BitMask.Empty(10)).Jaccard);
        Assert.Equal(1, BitMask.FromIndices(10, [3]).OverlapWith(BitMask.FromIndices(10, [3])).Jaccard);
        Assert.Equal(1.0 / 3, BitMask.FromIndices(10, [3, 4]).OverlapWith(BitMask.FromIndices(10, [4, 5])).Jaccard);
    }

    private static HashSet<int> Draw(Random random, int length, int percent) =>
        [.. Enumerable.Range(0, length).Where(_ => random.Next(100) < percent)];

    private static ulong[] Words(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (ulong)random.NextInt64() << 1 ^ (ulong)random.NextInt64())];
}
