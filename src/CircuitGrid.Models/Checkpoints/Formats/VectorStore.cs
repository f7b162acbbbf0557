using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>How vectors of weights on their way to where they stay are stored.</summary>
internal interface IVectorStore
{
    static abstract void Store(Vector512<float> value, ref float to, nuint index);

    static abstract void Store(Vector256<float> value, ref float to, nuint index);
}

/// <summary>As usual.</summary>
internal readonly struct CachedStore : IVectorStore
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, ref float to, nuint index) => value.StoreUnsafe(ref to, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, ref float to, nuint index) => value.StoreUnsafe(ref to, index);
}

/// <summary>
/// Past the caches: an ordinary store first reads the line that it is about to overwrite, which for weights is as much traffic as the weights
/// themselves. The memory must be pinned and begin at a cache line.
/// </summary>
internal readonly unsafe struct StreamingStore : IVectorStore
{
    private const int CacheLine = 64;

    /// <summary>Whether so many elements are better stored in this way.</summary>
    public static bool Suits(float* to, int length) => length >= IMatrixSource.StreamedElements && (nuint)to % CacheLine == 0;

    /// <summary>Completes this thread's stores, which aren't ordered with what follows them.</summary>
    public static void Flush() => Interlocked.MemoryBarrier();

    // A vector wider than the hardware's would be stored as usual.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, ref float to, nuint index)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            value.StoreAlignedNonTemporal((float*)Unsafe.AsPointer(ref to) + index);
        }
        else
        {
            Store(value.GetLower(), ref to, index);
            Store(value.GetUpper(), ref to, index + (nuint)Vector256<float>.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, ref float to, nuint index)
    {
        var place = (float*)Unsafe.AsPointer(ref to) + index;
        if (Vector256.IsHardwareAccelerated)
        {
            value.StoreAlignedNonTemporal(place);
        }
        else
        {
            value.GetLower().StoreAlignedNonTemporal(place);
            value.GetUpper().StoreAlignedNonTemporal(place + Vector128<float>.Count);
        }
    }
}
