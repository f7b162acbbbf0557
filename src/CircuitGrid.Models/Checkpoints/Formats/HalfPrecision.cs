using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>
/// Conversions between float32 and the two 16-bit formats. Widening is exact: subnormals, infinities, the sign of zero and
/// the payloads of NaNs survive, and every vector width gives the same bits.
/// </summary>
internal static class HalfPrecision
{
    private const uint HalfSign = 0x8000;
    private const uint HalfMagnitude = 0x7FFF;

    // A half's exponent and fraction shifted to a single's place, and what is then missing: the difference of the exponents' biases.
    private const int FractionShift = 13;
    private const uint Rebias = (127 - 15) << 23;
    private const uint ShiftedInfinity = 0x7C00 << FractionShift;
    private const uint ShiftedSmallestNormal = 0x0400 << FractionShift;

    // Read as a single, a subnormal's shifted bits plus this are 2^-14 + value: subtracting 2^-14 is exact and needs no subnormal single.
    private const uint SubnormalOffset = (127 - 14) << 23;

    private const uint SingleInfinity = 0x7F800000;

    /// <summary>IEEE 754 binary16 to binary32.</summary>
    public static void WidenHalf(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var done = Vector512.IsHardwareAccelerated ? WidenHalf512(source, destination)
            : Vector128.IsHardwareAccelerated ? WidenHalf256(source, destination)
            : 0;
        WidenHalfScalar(source[done..], destination[done..]);
    }

    /// <summary>bfloat16 to binary32.</summary>
    public static void WidenBFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var done = Vector512.IsHardwareAccelerated ? WidenBFloat16512(source, destination)
            : Vector128.IsHardwareAccelerated ? WidenBFloat16256(source, destination)
            : 0;
        WidenBFloat16Scalar(source[done..], destination[done..]);
    }

    /// <summary>Rounds to the nearest binary16, ties to even; too large a magnitude becomes infinite.</summary>
    public static ushort NarrowHalf(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    /// <summary>Rounds a number to the nearest bfloat16, ties to even; too large a magnitude becomes infinite.</summary>
    public static ushort NarrowBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Whether the bits of a 16-bit format are an infinity or a NaN.</summary>
    public static bool IsNonFinite(ushort bits, ElementKind kind)
    {
        var exponent = kind == ElementKind.F16 ? 0x7C00 : 0x7F80;
        return (bits & exponent) == exponent;
    }

    /// <summary>Index of the first infinity or NaN, or −1.</summary>
    public static int IndexOfNonFinite(ReadOnlySpan<float> values)
    {
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var infinity = Vector512.Create(SingleInfinity);
            while (i <= bits.Length - Vector512<uint>.Count && !Vector512.EqualsAny(Load512(bits, i) & infinity, infinity))
            {
                i += Vector512<uint>.Count;
            }
        }
        else
        {
            var infinity = Vector256.Create(SingleInfinity);
            while (i <= bits.Length - Vector256<uint>.Count && !Vector256.EqualsAny(Load256(bits, i) & infinity, infinity))
            {
                i += Vector256<uint>.Count;
            }
        }

        for (; i < bits.Length; i++)
        {
            if ((bits[i] & SingleInfinity) == SingleInfinity)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The plain form of <see cref="WidenHalf"/>.</summary>
    internal static void WidenHalfScalar(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++)
        {
            var magnitude = (source[i] & HalfMagnitude) << FractionShift;
            var bits = magnitude switch
            {
                >= ShiftedInfinity => magnitude + (2 * Rebias),
                >= ShiftedSmallestNormal => magnitude + Rebias,
                _ => BitConverter.SingleToUInt32Bits(
                    BitConverter.UInt32BitsToSingle(magnitude + SubnormalOffset) - BitConverter.UInt32BitsToSingle(SubnormalOffset)),
            };
            destination[i] = BitConverter.UInt32BitsToSingle(bits | ((source[i] & HalfSign) << 16));
        }
    }

    /// <summary>The plain form of <see cref="WidenBFloat16"/>.</summary>
    internal static void WidenBFloat16Scalar(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
        }
    }

    /// <summary>Widens as many elements as fill whole vectors, and returns how many.</summary>
    internal static int WidenHalf512(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var bits = Bits(source, destination);
        var i = 0;
        for (; i <= source.Length - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var (lower, upper) = Vector512.Widen(Load512(source, i));
            Widen(lower).StoreUnsafe(ref MemoryMarshal.GetReference(bits), (nuint)i);
            Widen(upper).StoreUnsafe(ref MemoryMarshal.GetReference(bits), (nuint)(i + Vector512<uint>.Count));
        }

        return i;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<uint> Widen(Vector512<uint> half)
        {
            var magnitude = (half & Vector512.Create(HalfMagnitude)) << FractionShift;
            var isInfinite = Vector512.GreaterThanOrEqual(magnitude.AsInt32(), Vector512.Create((int)ShiftedInfinity)).AsUInt32();
            var isSubnormal = Vector512.LessThan(magnitude.AsInt32(), Vector512.Create((int)ShiftedSmallestNormal)).AsUInt32();
            var rebias = Vector512.Create(Rebias);
            var normal = magnitude + rebias + (isInfinite & rebias);
            var offset = Vector512.Create(SubnormalOffset);
            var subnormal = ((magnitude + offset).AsSingle() - offset.AsSingle()).AsUInt32();
            return Vector512.ConditionalSelect(isSubnormal, subnormal, normal) | ((half & Vector512.Create(HalfSign)) << 16);
        }
    }

    /// <inheritdoc cref="WidenHalf512"/>
    internal static int WidenHalf256(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var bits = Bits(source, destination);
        var i = 0;
        for (; i <= source.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (lower, upper) = Vector256.Widen(Load256(source, i));
            Widen(lower).StoreUnsafe(ref MemoryMarshal.GetReference(bits), (nuint)i);
            Widen(upper).StoreUnsafe(ref MemoryMarshal.GetReference(bits), (nuint)(i + Vector256<uint>.Count));
        }

        return i;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<uint> Widen(Vector256<uint> half)
        {
            var magnitude = (half & Vector256.Create(HalfMagnitude)) << FractionShift;
            var isInfinite = Vector256.GreaterThanOrEqual(magnitude.AsInt32(), Vector256.Create((int)ShiftedInfinity)).AsUInt32();
            var isSubnormal = Vector256.LessThan(magnitude.AsInt32(), Vector256.Create((int)ShiftedSmallestNormal)).AsUInt32();
            var rebias = Vector256.Create(Rebias);
            var normal = magnitude + rebias + (isInfinite & rebias);
            var offset = Vector256.Create(SubnormalOffset);
            var subnormal = ((magnitude + offset).AsSingle() - offset.AsSingle()).AsUInt32();
            return Vector256.ConditionalSelect(isSubnormal, subnormal, normal) | ((half & Vector256.Create(HalfSign)) << 16);
        }
    }

    /// <inheritdoc cref="WidenHalf512"/>
    internal static int WidenBFloat16512(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var bits = Bits(source, destination);
        var i = 0;
        for (; i <= source.Length - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var (lower, upper) = Vector512.Widen(Load512(source, i));
            (lower << 16).StoreUnsafe(ref MemoryMarshal.GetReference(bits), (nuint)i);
            (upper << 16).StoreUnsafe(ref MemoryMarshal.GetReference(bits), (nuint)(i + Vector512<uint>.Count));
        }

        return i;
    }

    /// <inheritdoc cref="WidenHalf512"/>
    internal static int WidenBFloat16256(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var bits = Bits(source, destination);
        var i = 0;
        for (; i <= source.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (lower, upper) = Vector256.Widen(Load256(source, i));
            (lower << 16).StoreUnsafe(ref MemoryMarshal.GetReference(bits), (nuint)i);
            (upper << 16).StoreUnsafe(ref MemoryMarshal.GetReference(bits), (nuint)(i + Vector256<uint>.Count));
        }

        return i;
    }

    /// <summary>The destination's bits, cut to the source's length so that unchecked stores can't leave it.</summary>
    private static Span<uint> Bits(ReadOnlySpan<ushort> source, Span<float> destination) =>
        MemoryMarshal.Cast<float, uint>(destination[..source.Length]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Load512<T>(ReadOnlySpan<T> span, int index) =>
        Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(span), (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Load256<T>(ReadOnlySpan<T> span, int index) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(span), (nuint)index);
}
