using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Files;

public sealed class Crc32Tests
{
    [Fact]
    public void Append_CheckValue_IsThePublishedOne() => Assert.Equal(0xCBF43926u, Crc32.Append(0, "123456789"u8));

    [Fact]
    public void Append_EveryLengthInEveryTwoParts_EqualsDivisionBitByBit()
    {
        var bytes = new byte[700];
        new Random(11).NextBytes(bytes);
        for (var length = 0; length <= bytes.Length; length++)
        {
            var part = bytes.AsSpan(0, length);
            var expected = Divide(part);
            var cut = length * 2 / 7;
            Assert.Equal(expected, Crc32.Append(0, part));
            Assert.Equal(expected, Crc32.Append(Crc32.Append(0, part[..cut]), part[cut..]));
        }
    }

    private static uint Divide(ReadOnlySpan<byte> bytes)
    {
        var remainder = uint.MaxValue;
        foreach (var value in bytes)
        {
            remainder ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                remainder = (remainder & 1) != 0 ? (remainder >> 1) ^ 0xEDB88320 : remainder >> 1;
            }
        }

        return ~remainder;
    }
}
