using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Memory;

/// <summary>
/// Copies into memory that isn't read again soon, past the caches: an ordinary store reads the line it is about to overwrite, which for
/// weights on their way to where they stay is as much traffic as the weights themselves.
/// </summary>
internal static unsafe class StreamingCopy
{
    private const int Lane = 8;

    /// <summary>
    /// Copies <paramref name="count"/> elements. Other threads see them after the writing thread's next <see cref="Flush"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* from, float* to, nint count)
    {
        nint i = 0;
        for (; i < count && ((nint)(to + i) & ((Lane * sizeof(float)) - 1)) != 0; i++)
        {
            to[i] = from[i];
        }

        for (; i + (2 * Lane) <= count; i += 2 * Lane)
        {
            Vector256.Load(from + i).StoreAlignedNonTemporal(to + i);
            Vector256.Load(from + i + Lane).StoreAlignedNonTemporal(to + i + Lane);
        }

        for (; i < count; i++)
        {
            to[i] = from[i];
        }
    }

    /// <summary>Completes this thread's copies: non-temporal stores aren't ordered with what follows them.</summary>
    public static void Flush() => Interlocked.MemoryBarrier();
}
