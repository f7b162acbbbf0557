using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace CircuitGrid.Benchmarks.Gemm;

/// <summary>Time that the calling thread has spent on a processor; other programs' time doesn't count.</summary>
internal static unsafe partial class ProcessorClock
{
    private const int ThreadProcessorTime = 3;

    [SupportedOSPlatform("linux")]
    public static double ThreadSeconds()
    {
        var time = stackalloc long[2];
        return GetTime(ThreadProcessorTime, time) == 0 ? time[0] + (1e-9 * time[1]) : throw new InvalidOperationException("the thread's clock can't be read");
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* time);
}
