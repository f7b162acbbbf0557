using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CircuitGrid.Models.Files;

/// <summary>The checksum of ZIP files: CRC-32 with the reflected polynomial 0xEDB88320.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int FoldBytes = 64;

    private static readonly uint[] s_table = MakeTable();

    /// <summary>The checksum of a range that continues one whose checksum is <paramref name="crc"/> (0 at the start).</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        var state = ~crc;
        if (Pclmulqdq.IsSupported && bytes.Length >= 2 * FoldBytes)
        {
            var whole = bytes.Length - (bytes.Length % FoldBytes);
            state = Fold(state, bytes[..whole]);
            bytes = bytes[whole..];
        }

        return ~AppendScalar(state, bytes);
    }

    /// <summary>One byte at a time, on the complement of a checksum.</summary>
    internal static uint AppendScalar(uint state, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            state = s_table[(byte)(state ^ value)] ^ (state >> 8);
        }

        return state;
    }

    /// <summary>
    /// Folds a multiple of 64 bytes, at least 128, by carry-less multiplication: Gopal et al., Fast CRC Computation for Generic
    /// Polynomials Using PCLMULQDQ Instruction, Intel 2009, whose constants x^n mod P these are (n = 544, 480 and 160, 96). What is left
    /// after folding are 16 bytes with the same remainder as the whole, which the table takes.
    /// </summary>
    private static uint Fold(uint state, ReadOnlySpan<byte> bytes)
    {
        var byFour = Vector128.Create(0x154442BD4UL, 0x1C6E41596UL);
        var byOne = Vector128.Create(0x1751997D0UL, 0x0CCAA009EUL);
        var blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
        var x0 = blocks[0] ^ Vector128.CreateScalar((ulong)state);
        var x1 = blocks[1];
        var x2 = blocks[2];
        var x3 = blocks[3];
        for (blocks = blocks[4..]; !blocks.IsEmpty; blocks = blocks[4..])
        {
            x0 = Multiply(x0, byFour) ^ blocks[0];
            x1 = Multiply(x1, byFour) ^ blocks[1];
            x2 = Multiply(x2, byFour) ^ blocks[2];
            x3 = Multiply(x3, byFour) ^ blocks[3];
        }

        var folded = Multiply(Multiply(Multiply(x0, byOne) ^ x1, byOne) ^ x2, byOne) ^ x3;
        return AppendScalar(0, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref folded, 1)));

        static Vector128<ulong> Multiply(Vector128<ulong> x, Vector128<ulong> powers) =>
            Pclmulqdq.CarrylessMultiply(x, powers, 0x00) ^ Pclmulqdq.CarrylessMultiply(x, powers, 0x11);
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? Polynomial ^ (value >> 1) : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
