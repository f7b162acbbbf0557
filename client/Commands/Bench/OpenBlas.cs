using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CircuitGrid.Client.Commands.Bench;

/// <summary>
/// The system's OpenBLAS, if it has one: the yardstick that the benchmark measures this machine by. Nothing else ever calls it.
/// </summary>
internal sealed unsafe class OpenBlas : IDisposable
{
    private const int RowMajor = 101;
    private const int NoTranspose = 111;

    private readonly nint library;
    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> multiply;

    private OpenBlas(nint library, int threads)
    {
        this.library = library;
        multiply = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
            NativeLibrary.GetExport(library, "cblas_sgemm");
        if (NativeLibrary.TryGetExport(library, "openblas_set_num_threads", out var setThreads))
        {
            ((delegate* unmanaged<int, void>)setThreads)(threads);
        }

        Kernel = NativeLibrary.TryGetExport(library, "openblas_get_corename", out var coreName)
            ? Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)coreName)()) ?? "unknown"
            : "unknown";
    }

    /// <summary>Which of its kernels runs here.</summary>
    public string Kernel { get; }

    /// <summary>The library, or <see langword="null"/> where the system has none.</summary>
    public static OpenBlas? TryLoad(int threads)
    {
        foreach (var name in (string[])["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib", "libopenblas.dll"])
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new OpenBlas(library, threads);
            }
        }

        return null;
    }

    /// <summary>Floating point operations a second of the best of several n³ products.</summary>
    public double Rate(int n, int repetitions)
    {
        var a = new float[n * n];
        var b = new float[n * n];
        var c = new float[n * n];
        Array.Fill(a, 0.5f);
        Array.Fill(b, 0.25f);
        var best = double.PositiveInfinity;
        fixed (float* pa = a, pb = b, pc = c)
        {
            for (var i = 0; i <= repetitions; i++)
            {
                var start = Stopwatch.GetTimestamp();
                multiply(RowMajor, NoTranspose, NoTranspose, n, n, n, 1, pa, n, pb, n, 0, pc, n);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return 2.0 * n * n * n / best;
    }

    public void Dispose() => NativeLibrary.Free(library);
}
