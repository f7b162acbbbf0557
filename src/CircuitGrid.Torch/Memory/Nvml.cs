using System.Globalization;
using System.Runtime.InteropServices;

namespace CircuitGrid.Torch.Memory;

/// <summary>The few calls of NVIDIA's management library (NVML, a part of the driver) that <c>doctor</c> needs: which driver there is.</summary>
internal static unsafe class Nvml
{
    private const int NameLength = 96;

    private static readonly Lazy<nint> Library = new(Load);

    /// <summary>Version of the driver, or <see langword="null"/> where there is none.</summary>
    public static string? DriverVersion
    {
        get
        {
            var text = stackalloc byte[NameLength];
            return Library.Value != 0
                && NativeLibrary.TryGetExport(Library.Value, "nvmlSystemGetDriverVersion", out var call)
                && ((delegate* unmanaged<byte*, uint, int>)call)(text, NameLength) == 0
                    ? Marshal.PtrToStringUTF8((nint)text)
                    : null;
        }
    }

    /// <summary>Newest CUDA version that the driver can run, or <see langword="null"/>.</summary>
    public static string? CudaVersion
    {
        get
        {
            int version;
            return Library.Value != 0
                && NativeLibrary.TryGetExport(Library.Value, "nvmlSystemGetCudaDriverVersion", out var call)
                && ((delegate* unmanaged<int*, int>)call)(&version) == 0
                    ? string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}")
                    : null;
        }
    }

    private static nint Load()
    {
        foreach (var name in (string[])["libnvidia-ml.so.1", "nvml.dll"])
        {
            if (NativeLibrary.TryLoad(name, out var library)
                && NativeLibrary.TryGetExport(library, "nvmlInit_v2", out var initialize)
                && ((delegate* unmanaged<int>)initialize)() == 0)
            {
                return library;
            }
        }

        return 0;
    }
}
