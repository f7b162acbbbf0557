using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Simd;

/// <summary>
/// The 16 float32 lanes in which every kernel computes, whatever the hardware's width: where it is narrower the runtime takes two or
/// four steps for one, with the same bits. Element i of a sum belongs to lane i mod 16; lanes are folded in halves, always the same way.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>Number of float32 lanes.</summary>
    public const int Count = 16;

    private static ReadOnlySpan<int> MaskBits =>
    [
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>The next multiple of <see cref="Count"/>.</summary>
    public static int RoundUp(int count) => (count + Count - 1) & -Count;

    /// <summary>
    /// The <paramref name="count"/> (1…16) elements from <paramref name="from"/> on, zero in the other lanes. Reads the whole vector:
    /// the memory must be a device tensor's, which is readable beyond its end.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadFirst(float* from, int count) => KeepFirst(Vector512.Load(from), count);

    /// <summary>As above, with <paramref name="filler"/> in the other lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadFirst(float* from, int count, float filler)
    {
        fixed (int* bits = MaskBits)
        {
            return Vector512.ConditionalSelect(Vector512.Load(bits + Count - count).AsSingle(), Vector512.Load(from), Vector512.Create(filler));
        }
    }

    /// <summary>The first <paramref name="count"/> (1…16) lanes, zero in the others whatever they were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> KeepFirst(Vector512<float> value, int count)
    {
        fixed (int* bits = MaskBits)
        {
            return Vector512.BitwiseAnd(value.AsInt32(), Vector512.Load(bits + Count - count)).AsSingle();
        }
    }

    /// <summary>Writes the first <paramref name="count"/> (1…16) lanes and nothing beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(float* to, Vector512<float> value, int count)
    {
        if (count == Count)
        {
            value.Store(to);
            return;
        }

        var part = value.GetLower();
        if ((count & 8) != 0)
        {
            part.Store(to);
            to += 8;
            part = value.GetUpper();
        }

        var quarter = part.GetLower();
        if ((count & 4) != 0)
        {
            quarter.Store(to);
            to += 4;
            quarter = part.GetUpper();
        }

        for (var i = 0; i < (count & 3); i++)
        {
            to[i] = quarter.GetElement(i);
        }
    }

    /// <summary>Sum of the lanes: 16 → 8 → 4 → 2 → 1, each time the upper half added to the lower.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> lanes)
    {
        var eight = lanes.GetLower() + lanes.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
        return two.GetElement(0) + two.GetElement(1);
    }

    /// <summary>Sum of 16 float64 lanes, of which <paramref name="lower"/> holds the first eight, in the order of <see cref="Sum(Vector512{float})"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<double> lower, Vector512<double> upper)
    {
        var eight = lower + upper;
        var four = eight.GetLower() + eight.GetUpper();
        var two = four.GetLower() + four.GetUpper();
        return two.GetElement(0) + two.GetElement(1);
    }
}
