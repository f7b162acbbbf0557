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
    private const ushort HalfExponent = 0x7C00;
    private const ushort BFloat16Exponent = 0x7F80;

    // A half's sign-extended bits, shifted so that exponent and fraction lie in a single's place, and the bits that belong to it there.
    private const int FractionShift = 13;
    private const uint SignAndMagnitude = 0x8FFFE000;

    // What such a single is short of: 2 to the difference of the exponents' biases. The product is exact, subnormal halves included.
    private const float Rescale = (float)(1UL << 56) * (1UL << 56);

    private const uint SingleInfinity = 0x7F800000;

    /// <summary>IEEE 754 binary16 to binary32.</summary>
    /// <param name="source">The numbers' bits.</param>
    /// <param name="destination">As many elements.</param>
    /// <param name="streaming">Whether to store as <see cref="StreamingStore"/> does.</param>
    /// <returns>Whether every element is finite.</returns>
    public static bool WidenHalf(ReadOnlySpan<ushort> source, Span<float> destination, bool streaming = false)
    {
        var finite = true;
        var done = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            done = streaming ? WidenHalf512<StreamingStore>(source, destination, ref finite) : WidenHalf512<CachedStore>(source, destination, ref finite);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            done = streaming ? WidenHalf256<StreamingStore>(source, destination, ref finite) : WidenHalf256<CachedStore>(source, destination, ref finite);
        }

        return WidenHalfScalar(source[done..], destination[done..]) && finite;
    }

    /// <summary>bfloat16 to binary32.</summary>
    /// <param name="source">The numbers' bits.</param>
    /// <param name="destination">As many elements.</param>
    /// <param name="streaming">Whether to store as <see cref="StreamingStore"/> does.</param>
    /// <returns>Whether every element is finite.</returns>
    public static bool WidenBFloat16(ReadOnlySpan<ushort> source, Span<float> destination, bool streaming = false)
    {
        var finite = true;
        var done = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            done = streaming ? WidenBFloat16512<StreamingStore>(source, destination, ref finite) : WidenBFloat16512<CachedStore>(source, destination, ref finite);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            done = streaming ? WidenBFloat16256<StreamingStore>(source, destination, ref finite) : WidenBFloat16256<CachedStore>(source, destination, ref finite);
        }

        return WidenBFloat16Scalar(source[done..], destination[done..]) && finite;
    }

    /// <summary>Rounds to the nearest binary16, ties to even; too large a magnitude becomes infinite.</summary>
    public static ushort NarrowHalf(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    /// <summary>Rounds a number to the nearest bfloat16, ties to even; too large a magnitude becomes infinite.</summary>
    public static ushort NarrowBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Whether a number is another one as one of the types of weights holds it.</summary>
    public static bool IsRounding(float stored, double value) =>
        stored == (float)value || stored == (float)(Half)value || stored == BitConverter.UInt32BitsToSingle((uint)NarrowBFloat16((float)value) << 16);

    /// <summary>Whether the bits of a 16-bit format are an infinity or a NaN.</summary>
    public static bool IsNonFinite(ushort bits, ElementKind kind)
    {
        var exponent = kind == ElementKind.F16 ? HalfExponent : BFloat16Exponent;
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
    internal static bool WidenHalfScalar(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var finite = true;
        for (var i = 0; i < source.Length; i++)
        {
            var bits = (uint)((short)source[i] << FractionShift) & SignAndMagnitude;
            if (IsNonFinite(source[i], ElementKind.F16))
            {
                finite = false;
                destination[i] = BitConverter.UInt32BitsToSingle(bits | SingleInfinity);
            }
            else
            {
                destination[i] = BitConverter.UInt32BitsToSingle(bits) * Rescale;
            }
        }

        return finite;
    }

    /// <summary>The plain form of <see cref="WidenBFloat16"/>.</summary>
    internal static bool WidenBFloat16Scalar(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var finite = true;
        for (var i = 0; i < source.Length; i++)
        {
            finite &= !IsNonFinite(source[i], ElementKind.BF16);
            destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
        }

        return finite;
    }

    /// <summary>Widens as many elements as fill whole vectors, and returns how many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int WidenHalf512<TStore>(ReadOnlySpan<ushort> source, Span<float> destination, ref bool finite)
        where TStore : struct, IVectorStore
    {
        var exponent = Vector512.Create(HalfExponent);
        var nonFinite = Vector512<ushort>.Zero;
        ref var to = ref First(source, destination);
        var i = 0;
        for (; i <= source.Length - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var halves = Load512(source, i);
            nonFinite |= Vector512.Equals(halves & exponent, exponent);
            var (lower, upper) = Vector512.Widen(halves.AsInt16());
            TStore.Store(Widen(lower), ref to, (nuint)i);
            TStore.Store(Widen(upper), ref to, (nuint)(i + Vector512<float>.Count));
        }

        if (nonFinite != Vector512<ushort>.Zero)
        {
            finite = WidenHalfScalar(source[..i], destination);
        }

        return i;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<float> Widen(Vector512<int> half) =>
            ((half << FractionShift).AsUInt32() & Vector512.Create(SignAndMagnitude)).AsSingle() * Vector512.Create(Rescale);
    }

    /// <inheritdoc cref="WidenHalf512{TStore}"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int WidenHalf256<TStore>(ReadOnlySpan<ushort> source, Span<float> destination, ref bool finite)
        where TStore : struct, IVectorStore
    {
        var exponent = Vector256.Create(HalfExponent);
        var nonFinite = Vector256<ushort>.Zero;
        ref var to = ref First(source, destination);
        var i = 0;
        for (; i <= source.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var halves = Load256(source, i);
            nonFinite |= Vector256.Equals(halves & exponent, exponent);
            var (lower, upper) = Vector256.Widen(halves.AsInt16());
            TStore.Store(Widen(lower), ref to, (nuint)i);
            TStore.Store(Widen(upper), ref to, (nuint)(i + Vector256<float>.Count));
        }

        if (nonFinite != Vector256<ushort>.Zero)
        {
            finite = WidenHalfScalar(source[..i], destination);
        }

        return i;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<float> Widen(Vector256<int> half) =>
            ((half << FractionShift).AsUInt32() & Vector256.Create(SignAndMagnitude)).AsSingle() * Vector256.Create(Rescale);
    }

    /// <inheritdoc cref="WidenHalf512{TStore}"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int WidenBFloat16512<TStore>(ReadOnlySpan<ushort> source, Span<float> destination, ref bool finite)
        where TStore : struct, IVectorStore
    {
        var exponent = Vector512.Create(BFloat16Exponent);
        var nonFinite = Vector512<ushort>.Zero;
        ref var to = ref First(source, destination);
        var i = 0;
        for (; i <= source.Length - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var halves = Load512(source, i);
            nonFinite |= Vector512.Equals(halves & exponent, exponent);
            var (lower, upper) = Vector512.Widen(halves);
            TStore.Store((lower << 16).AsSingle(), ref to, (nuint)i);
            TStore.Store((upper << 16).AsSingle(), ref to, (nuint)(i + Vector512<float>.Count));
        }

        finite &= nonFinite == Vector512<ushort>.Zero;
        return i;
    }

    /// <inheritdoc cref="WidenHalf512{TStore}"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int WidenBFloat16256<TStore>(ReadOnlySpan<ushort> source, Span<float> destination, ref bool finite)
        where TStore : struct, IVectorStore
    {
        var exponent = Vector256.Create(BFloat16Exponent);
        var nonFinite = Vector256<ushort>.Zero;
        ref var to = ref First(source, destination);
        var i = 0;
        for (; i <= source.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var halves = Load256(source, i);
            nonFinite |= Vector256.Equals(halves & exponent, exponent);
            var (lower, upper) = Vector256.Widen(halves);
            TStore.Store((lower << 16).AsSingle(), ref to, (nuint)i);
            TStore.Store((upper << 16).AsSingle(), ref to, (nuint)(i + Vector256<float>.Count));
        }

        finite &= nonFinite == Vector256<ushort>.Zero;
        return i;
    }

    /// <summary>The destination's first element; it has room for the source's length, so that unchecked stores can't leave it.</summary>
    private static ref float First(ReadOnlySpan<ushort> source, Span<float> destination) =>
        ref MemoryMarshal.GetReference(destination[..source.Length]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Load512<T>(ReadOnlySpan<T> span, int index) =>
        Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(span), (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Load256<T>(ReadOnlySpan<T> span, int index) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(span), (nuint)index);
}
