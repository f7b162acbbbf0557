using System.Runtime.InteropServices;

namespace CircuitGrid.Benchmarks.Gemm;

/// <summary>The system's OpenBLAS, where there is one: the yardstick of matrix products.</summary>
internal static unsafe partial class OpenBlas
{
    private const string Library = "libopenblas.so.0";

    private const int RowMajor = 101;
    private const int NoTranspose = 111;
    private const int Transpose = 112;

    public static bool IsInstalled { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <summary>Version and build options.</summary>
    public static string Version => Marshal.PtrToStringUTF8(GetConfiguration()) ?? "";

    /// <summary>Name of the processor family whose kernels run.</summary>
    public static string Core => Marshal.PtrToStringUTF8(GetCore()) ?? "";

    /// <summary>c[rows, columns] = op(a)·op(b), all row-major.</summary>
    public static void Multiply(float* c, float* a, bool transposeA, float* b, bool transposeB, int rows, int columns, int inner) =>
        Sgemm(
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

    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    public static partial void SetThreads(int threads);

    [LibraryImport(Library, EntryPoint = "openblas_get_config")]
    private static partial nint GetConfiguration();

    [LibraryImport(Library, EntryPoint = "openblas_get_corename")]
    private static partial nint GetCore();

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    private static partial void Sgemm(
        int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
}
