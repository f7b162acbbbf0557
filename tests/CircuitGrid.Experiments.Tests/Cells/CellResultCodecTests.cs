using System.Collections.Immutable;
using System.Security.Cryptography;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Cells;

public sealed class CellResultCodecTests
{
    private static readonly GraphShape shape = new(2, 3, Parallel: true, 16);

    [Fact]
    public void Decode_WhatWasEncoded_GivesEveryFieldBack()
    {
        CellResult[] results = [.. ((IEnumerable<(int, double)>)[(1, 3), (2, 3), (3, 0), (4, 3)]).Select(x => FakeResults.Make(shape, x.Item1, x.Item2)), OfTwoRankings(1), OfTwoRankings(2)];
        results =
        [
            .. results,
            results[0] with { MetricWithoutZero = MetricKind.Divergence },
            results[2] with { MetricWithoutZero = MetricKind.LogProbability },
            results[5] with { MetricWithoutZero = MetricKind.LogProbability },
        ];
        Assert.Equal(3, results.Count(r => !r.Halves.IsEmpty));
        foreach (var result in results)
        {
            var bytes = CellResultCodec.Encode(result);
            var read = CellResultCodec.Decode(bytes, "result");
            Assert.Equal(result.Graph, read.Graph);
            Assert.Equal(result.Status, read.Status);
            Assert.Equal(result.Metrics, read.Metrics);
            Assert.Equal(result.AblatedMetrics, read.AblatedMetrics);
            Assert.Equal(result.BlockCounts, read.BlockCounts);
            Assert.Equal(result.BlockScores, read.BlockScores);
            Assert.Equal(result.Scores, read.Scores);
            Assert.Equal(result.Found, read.Found);
            Assert.Equal(result.Judged, read.Judged);
            Assert.Equal(result.Sizes, read.Sizes);
            Assert.Equal(result.SizeMetrics, read.SizeMetrics);
            Assert.Equal(result.Halves, read.Halves);
            Assert.Equal(result.HalfMetrics, read.HalfMetrics);
            Assert.Equal(result.MetricWithoutZero, read.MetricWithoutZero);
            Assert.Equal(result.MetricWithoutZero is not null ? 4 : result.Halves.IsEmpty ? 2 : 3, bytes[8]);
            Assert.Equal(result.Budget, read.Budget);
            Assert.Equal(result.Edges, read.Edges);
            Assert.Equal(result.Nodes, read.Nodes);
            Assert.Equal(bytes, CellResultCodec.Encode(read));
        }
    }

    /// <summary>Stores of before hold these bytes: the digests are of what was written when there was no other format.</summary>
    [Theory]
    [InlineData(1, 3, "3678e1144f9bdff8170601ae9059839f")]
    [InlineData(2, 3, "ac861cba1124413b7c38daceccbe82a6")]
    [InlineData(3, 0, "c14824f54549b9dc50c8581c56bdc29e")]
    [InlineData(4, 3, "1f7c97b4ae5d46823faad254dbc22409")]
    public void Encode_OfOneRanking_GivesTheBytesOfFormatTwo(int seed, double skill, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(SHA256.HashData(CellResultCodec.Encode(FakeResults.Make(shape, seed, skill))))[..32]);

    /// <summary>A metric with a zero is no part of a result, so naming one is damage.</summary>
    [Fact]
    public void Decode_OfAMetricWithAZero_IsDamaged()
    {
        var bytes = CellResultCodec.Encode(FakeResults.Make(shape, 1) with { MetricWithoutZero = MetricKind.Divergence });
        Assert.Equal((int)MetricKind.Divergence, BitConverter.ToInt32(bytes, 12));
        bytes[12] = (int)MetricKind.ProbabilityDifference;
        SHA256.HashData(bytes.AsSpan(..^32), bytes.AsSpan(^32..));
        var error = Assert.Throws<InvalidInputException>(() => CellResultCodec.Decode(bytes, "result"));
        Assert.Contains("its metric isn't one of those without a zero", error.Reason, StringComparison.Ordinal);
    }

    /// <summary>A result of two rankings is that of one with both arrays before its circuit, written here a second time.</summary>
    [Fact]
    public void Encode_OfTwoRankings_AddsTheHalvesAndTheirMetrics()
    {
        var result = OfTwoRankings(1);
        var one = CellResultCodec.Encode(result with { Halves = [], HalfMetrics = [] });
        var tail = sizeof(int) + (sizeof(ulong) * (result.Edges.Words.Length + result.Nodes.Words.Length)) + 32;
        byte[] expected =
        [
            .. one[..^tail],
            .. result.Halves.SelectMany(BitConverter.GetBytes),
            .. result.HalfMetrics.SelectMany(BitConverter.GetBytes),
            .. one[^tail..^32],
        ];
        expected[8] = 3;
        Assert.Equal([.. expected, .. SHA256.HashData(expected)], CellResultCodec.Encode(result));
    }

    [Theory]
    [InlineData(new[] { 0, -1, 0, -1 })]
    [InlineData(new[] { 1, -1, 1, -1 })]
    [InlineData(new[] { -1, -1, -1, -1 })]
    [InlineData(new[] { 0, 1, 2, -1 })]
    [InlineData(new[] { 0, 1, -2, -1 })]
    public void Decode_HalvesThatArentTwo_AreRefused(int[] halves)
    {
        var bytes = CellResultCodec.Encode(OfTwoRankings(1) with { Halves = [.. halves] });
        Assert.Contains("its halves aren't two", Assert.Throws<InvalidInputException>(() => CellResultCodec.Decode(bytes, "result")).Message, StringComparison.Ordinal);
    }

    /// <summary>A cell without the task has no circuits to evaluate halves of, and an array of halves that is cut short is no result.</summary>
    [Fact]
    public void Decode_HalvesWithoutACircuitOrAsManyAsBlocks_AreRefused()
    {
        ImmutableArray<int> halves = [0, -1, 1, -1];
        Refused(FakeResults.Make(shape, 3, skill: 0) with { Halves = halves });
        Refused(OfTwoRankings(1) with { Halves = halves[..3] });
        Refused(OfTwoRankings(1) with { HalfMetrics = OfTwoRankings(1).HalfMetrics[..^1] });
        Refused(OfTwoRankings(1) with { HalfMetrics = [] });

        static void Refused(CellResult result) => Assert.Throws<InvalidInputException>(() => CellResultCodec.Decode(CellResultCodec.Encode(result), "result"));
    }

    [Fact]
    public void Encode_NotANumber_KeepsItsBits()
    {
        var result = FakeResults.Make(shape, 1) with { Found = new(double.NaN, double.NegativeInfinity) };
        var read = CellResultCodec.Decode(CellResultCodec.Encode(result), "result");
        Assert.Equal(BitConverter.DoubleToInt64Bits(double.NaN), BitConverter.DoubleToInt64Bits(read.Found.Model));
        Assert.Equal(double.NegativeInfinity, read.Found.Ablated);
    }

    [Fact]
    public void Decode_AnyByteChanged_IsRefused()
    {
        var bytes = CellResultCodec.Encode(OfTwoRankings(1));
        for (var i = 0; i < bytes.Length; i += 11)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 0x10;
            Assert.Throws<InvalidInputException>(() => CellResultCodec.Decode(damaged, "result"));
        }
    }

    [Fact]
    public void Decode_Truncated_IsRefused()
    {
        var bytes = CellResultCodec.Encode(OfTwoRankings(1));
        for (var length = 0; length < bytes.Length; length += 13)
        {
            Assert.Throws<InvalidInputException>(() => CellResultCodec.Decode(bytes.AsSpan(0, length), "result"));
        }
    }

    [Fact]
    public void Decode_FormatOne_HasEverythingButTheMetricsOfSizes()
    {
        var result = FakeResults.Make(shape, 1);
        var bytes = CellResultCodec.Encode(result with { SizeMetrics = [] });
        bytes[8] = 1;
        SHA256.HashData(bytes.AsSpan(0, bytes.Length - 32), bytes.AsSpan(bytes.Length - 32));
        var read = CellResultCodec.Decode(bytes, "result");
        Assert.Empty(read.SizeMetrics);
        Assert.Equal(result.Sizes, read.Sizes);
        Assert.Equal(result.Edges, read.Edges);
    }

    [Fact]
    public void Decode_NewerVersion_SaysSo()
    {
        var bytes = CellResultCodec.Encode(FakeResults.Make(shape, 1));
        bytes[8] = 99;
        Assert.True(CellResultCodec.IsOfNewerVersion(bytes));
        Assert.Contains("newer version", Assert.Throws<InvalidInputException>(() => CellResultCodec.Decode(bytes, "result")).Message);
    }

    /// <summary>Fields damaged under a right checksum: refused, or the one way to write what was read. Never a huge allocation.</summary>
    [Fact]
    public void Decode_HostileFields_AreRefusedOrCanonical()
    {
        byte[][] originals = [.. new[] { 1, 2, 3 }.Select(seed => CellResultCodec.Encode(FakeResults.Make(shape, seed, skill: seed == 3 ? 0 : 3))), CellResultCodec.Encode(OfTwoRankings(1)), CellResultCodec.Encode(OfTwoRankings(2))];
        int[] hostile = [0, 1, -1, 2, 31, 4096, 1 << 20, int.MaxValue, int.MinValue];
        var random = new Random(8);
        var (refused, read) = (0, 0);
        for (var i = 0; i < 6000; i++)
        {
            var bytes = Damage((byte[])originals[i % originals.Length].Clone(), random, hostile);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var result = CellResultCodec.Decode(bytes, "result");
                Assert.Equal(bytes, CellResultCodec.Encode(result));
                read++;
            }
            catch (InvalidInputException)
            {
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }

        Assert.True(refused > 1000 && read > 100, $"{refused} refused, {read} read");
    }

    private static CellResult OfTwoRankings(int seed) => FakeResults.WithHalves(FakeResults.Make(shape, seed), seed);

    private static byte[] Damage(byte[] bytes, Random random, int[] hostile)
    {
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            // the header and the tail hold the lengths; what is between is mostly scores
            var at = random.Next(3) switch { 0 => random.Next(12, 40), 1 => bytes.Length - 36 - random.Next(240), _ => random.Next(12, bytes.Length - 36) };
            BitConverter.TryWriteBytes(bytes.AsSpan(at), random.Next(2) == 0 ? hostile[random.Next(hostile.Length)] : random.Next());
        }

        if (random.Next(4) == 0)
        {
            Array.Resize(ref bytes, random.Next(12, bytes.Length));
        }

        if (bytes.Length >= 44)
        {
            SHA256.HashData(bytes.AsSpan(0, bytes.Length - 32), bytes.AsSpan(bytes.Length - 32));
        }

        return bytes;
    }
}
