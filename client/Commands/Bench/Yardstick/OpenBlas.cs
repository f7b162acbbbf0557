using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CircuitGrid.Client.Commands.Bench.Yardstick;

/// <summary>
/// The system's OpenBLAS, if it has one: the yardstick that benchmarks measure this machine by. Nothing else ever calls it. It reads its variables when it
/// is loaded, so these are removed from the process's own environment before.
/// </summary>
internal sealed unsafe class OpenBlas : IDisposable
{
    private const int RowMajor = 101;
    private const int NoTranspose = 111;
    private const int Transpose = 112;

    private static readonly string[] Names = ["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib", "libopenblas.dll"];

    private readonly nint library;
    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> multiply;

    private OpenBlas(nint library, ImmutableArray<string> removed, ImmutableArray<string> heeded)
    {
        this.library = library;
        multiply = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
            NativeLibrary.GetExport(library, "cblas_sgemm");
        Identity = new(LoadedFile(), OpenBlasIdentity.VersionIn(Text("openblas_get_config")), Text("openblas_get_corename"), removed, heeded);
    }

    public OpenBlasIdentity Identity { get; }

    /// <summary>The library, or <see langword="null"/> where the system has none.</summary>
    public static OpenBlas? TryLoad()
    {
        var given = OpenBlasIdentity.Variables.Where(v => NativeEnvironment.Get(v) is not null).ToImmutableArray();
        var removed = LoadedFile() is null ? [.. given.Where(NativeEnvironment.Remove)] : ImmutableArray<string>.Empty;
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new OpenBlas(library, removed, [.. given.Except(removed, StringComparer.Ordinal)]);
            }
        }

        return null;
    }

    public void SetThreads(int threads)
    {
        if (NativeLibrary.TryGetExport(library, "openblas_set_num_threads", out var set))
        {
            ((delegate* unmanaged<int, void>)set)(threads);
        }
    }

    /// <summary>c[rows, columns] = op(a)·op(b), all row-major.</summary>
    public void Multiply(float* c, float* a, bool transposeA, float* b, bool transposeB, int rows, int columns, int inner) => multiply(
        RowMajor,
        transposeA ? Transpose : NoTranspose,
        transposeB ? Transpose : NoTranspose,
        rows,
        columns,
        inner,
        1,
        a,
        transposeA ? rows : inner,
        b,
        transposeB ? inner : columns,
        0,
        c,
        columns);

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
                Multiply(pc, pa, transposeA: false, pb, transposeB: false, n, n, n);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return 2.0 * n * n * n / best;
    }

    public void Dispose() => NativeLibrary.Free(library);

    /// <summary>The file of the OpenBLAS that this process has loaded, by whoever.</summary>
    private static string? LoadedFile()
    {
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().Select(m => m.FileName).FirstOrDefault(f => Path.GetFileName(f).Contains("openblas", StringComparison.OrdinalIgnoreCase));
    }

    private string? Text(string function) =>
        NativeLibrary.TryGetExport(library, function, out var get) ? Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)get)())?.Trim() : null;
}
