using System.Runtime.InteropServices;
using CircuitGrid.Models.Checkpoints.Formats;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>The 16-bit formats held against their definitions, over all their values.</summary>
public sealed class HalfPrecisionTests
{
    private static readonly ushort[] s_all = [.. Enumerable.Range(0, 1 << 16).Select(bits => (ushort)bits)];

    private delegate bool Widening(ReadOnlySpan<ushort> source, Span<float> destination);

    private delegate int VectorWidening(ReadOnlySpan<ushort> source, Span<float> destination, ref bool finite);

    [Fact]
    public void WidenHalf_EveryValue_IsWhatIeee754Says()
    {
        CheckPaths(
            bits => Define(bits, exponentBits: 5),
            (source, destination) => HalfPrecision.WidenHalf(source, destination),
            HalfPrecision.WidenHalfScalar,
            Whole(HalfPrecision.WidenHalf512<CachedStore>),
            Whole(HalfPrecision.WidenHalf256<CachedStore>));
    }

    [Fact]
    public void WidenBFloat16_EveryValue_IsItsUpperHalf()
    {
        CheckPaths(
            bits => Define(bits, exponentBits: 8),
            (source, destination) => HalfPrecision.WidenBFloat16(source, destination),
            HalfPrecision.WidenBFloat16Scalar,
            Whole(HalfPrecision.WidenBFloat16512<CachedStore>),
            Whole(HalfPrecision.WidenBFloat16256<CachedStore>));
    }

    [Fact]
    public void Widen_EveryLengthAndOffset_WritesExactlyItsElements()
    {
        for (var start = 0; start < 3; start++)
        {
            for (var length = 0; length < 100; length++)
            {
                var source = s_all.AsSpan(0x3BF0 + start, length);
                var destination = new float[length + 2];
                destination.AsSpan().Fill(-7);
                HalfPrecision.WidenHalf(source, destination.AsSpan(1, length));

                Assert.Equal(-7, destination[0]);
                Assert.Equal(-7, destination[^1]);
                for (var i = 0; i < length; i++)
                {
                    Assert.Equal((float)Define(source[i], exponentBits: 5), destination[i + 1]);
                }
            }
        }
    }

    [Fact]
    public unsafe void Widen_Streaming_GivesTheSameBits()
    {
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)s_all.Length * sizeof(float), 64);
        try
        {
            foreach (var length in (int[])[s_all.Length, s_all.Length - 5, 0x7C00])
            {
                var source = s_all.AsSpan(0, length);
                var expected = new float[length];
                var actual = new Span<float>(memory, length);
                actual.Fill(-7);
                Assert.Equal(HalfPrecision.WidenHalf(source, expected), HalfPrecision.WidenHalf(source, actual, streaming: true));
                Assert.True(MemoryMarshal.AsBytes(expected.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(actual)));
                actual.Fill(-7);
                Assert.Equal(HalfPrecision.WidenBFloat16(source, expected), HalfPrecision.WidenBFloat16(source, actual, streaming: true));
                Assert.True(MemoryMarshal.AsBytes(expected.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(actual)));
            }
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    [Fact]
    public void Widen_OneElementOfAny_IsSaidToBeFiniteOnlyIfItIs()
    {
        foreach (var place in (int[])[0, 17, 40, 66])
        {
            foreach (var bits in s_all)
            {
                var source = new ushort[67];
                source[place] = bits;
                var destination = new float[source.Length];
                Assert.Equal(double.IsFinite(Define(bits, exponentBits: 5)), HalfPrecision.WidenHalf(source, destination));
                Assert.Equal(double.IsFinite(Define(bits, exponentBits: 8)), HalfPrecision.WidenBFloat16(source, destination));
            }
        }
    }

    [Fact]
    public void Narrow_EveryFiniteValue_ComesBackFromItsWidening()
    {
        var wide = new float[1];
        foreach (var bits in s_all)
        {
            if ((bits & 0x7C00) != 0x7C00)
            {
                HalfPrecision.WidenHalf([bits], wide);
                Assert.Equal(bits, HalfPrecision.NarrowHalf(wide[0]));
            }

            if ((bits & 0x7F80) != 0x7F80)
            {
                HalfPrecision.WidenBFloat16([bits], wide);
                Assert.Equal(bits, HalfPrecision.NarrowBFloat16(wide[0]));
            }
        }
    }

    [Fact]
    public void Narrow_BetweenTwoNeighbours_TakesTheNearerAndTheEvenOneInTheMiddle()
    {
        for (ushort bits = 0; bits < 0x7BFF; bits++)
        {
            var (low, high) = (Define(bits, exponentBits: 5), Define((ushort)(bits + 1), exponentBits: 5));
            var middle = (float)((low + high) / 2);
            Assert.Equal(bits, HalfPrecision.NarrowHalf(MathF.BitDecrement(middle)));
            Assert.Equal((ushort)(bits + (bits & 1)), HalfPrecision.NarrowHalf(middle));
            Assert.Equal((ushort)(bits + 1), HalfPrecision.NarrowHalf(MathF.BitIncrement(middle)));
        }

        for (ushort bits = 0; bits < 0x7F7F; bits++)
        {
            var middle = BitConverter.UInt32BitsToSingle(((uint)bits << 16) + 0x8000);
            Assert.Equal(bits, HalfPrecision.NarrowBFloat16(MathF.BitDecrement(middle)));
            Assert.Equal((ushort)(bits + (bits & 1)), HalfPrecision.NarrowBFloat16(middle));
            Assert.Equal((ushort)(bits + 1), HalfPrecision.NarrowBFloat16(MathF.BitIncrement(middle)));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void IndexOfNonFinite_AnyPlace_IsTheFirst(float value)
    {
        for (var length = 1; length < 70; length++)
        {
            var values = Enumerable.Repeat(float.MaxValue, length).ToArray();
            Assert.Equal(-1, HalfPrecision.IndexOfNonFinite(values));
            for (var i = length - 1; i >= 0; i--)
            {
                values[i] = value;
                Assert.Equal(i, HalfPrecision.IndexOfNonFinite(values));
            }
        }
    }

    /// <summary>A path that takes whole vectors alone, of which all values make some.</summary>
    private static Widening Whole(VectorWidening path) => (source, destination) =>
    {
        var finite = true;
        Assert.Equal(source.Length, path(source, destination, ref finite));
        return finite;
    };

    private static void CheckPaths(Func<ushort, double> define, params Widening[] paths)
    {
        foreach (var path in paths)
        {
            var actual = new float[s_all.Length];
            Assert.False(path(s_all, actual));
            Assert.True(path(s_all.AsSpan(0, 64), new float[64]));
            foreach (var bits in s_all)
            {
                var expected = define(bits);
                if (double.IsNaN(expected))
                {
                    Assert.True(float.IsNaN(actual[bits]), $"{bits:x4}");
                }
                else
                {
                    // Equal as bits, so that −0 isn't 0.
                    Assert.Equal(BitConverter.SingleToInt32Bits((float)expected), BitConverter.SingleToInt32Bits(actual[bits]));
                }
            }
        }

        // NaNs too are the same on every path, payload and all.
        var reference = new float[s_all.Length];
        paths[0](s_all, reference);
        foreach (var path in paths)
        {
            var actual = new float[s_all.Length];
            path(s_all, actual);
            Assert.Equal(reference.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));
        }
    }

    /// <summary>The value of a 16-bit floating-point number: IEEE 754-2019, 3.4.</summary>
    private static double Define(ushort bits, int exponentBits)
    {
        var fractionBits = 15 - exponentBits;
        var bias = (1 << (exponentBits - 1)) - 1;
        var sign = (bits >> 15) == 0 ? 1.0 : -1.0;
        var exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
        var fraction = (bits & ((1 << fractionBits) - 1)) / (double)(1 << fractionBits);
        return exponent == (1 << exponentBits) - 1
            ? fraction == 0 ? sign * double.PositiveInfinity : double.NaN
            : exponent == 0
                ? sign * Math.ScaleB(fraction, 1 - bias)
                : sign * Math.ScaleB(1 + fraction, exponent - bias);
    }
}
