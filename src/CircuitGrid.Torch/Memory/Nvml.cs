using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace CircuitGrid.Torch.Memory;

/// <summary>A GPU as the driver describes it; sizes in bytes.</summary>
internal sealed record GpuFacts(string Name, long TotalBytes, long FreeBytes);

/// <summary>The few calls of NVIDIA's management library (NVML, a part of the driver) that planning and <c>doctor</c> need.</summary>
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

    /// <summary>A GPU by the number CUDA gives it, or <see langword="null"/> where the driver can't say.</summary>
    public static GpuFacts? Find(int index)
    {
        if (Library.Value == 0
            || Handle(PhysicalIndex(index)) is not { } gpu
            || !NativeLibrary.TryGetExport(Library.Value, "nvmlDeviceGetMemoryInfo", out var memoryCall)
            || !NativeLibrary.TryGetExport(Library.Value, "nvmlDeviceGetName", out var nameCall))
        {
            return null;
        }

        MemoryInfo memory;
        var name = stackalloc byte[NameLength];
        return ((delegate* unmanaged<nint, MemoryInfo*, int>)memoryCall)(gpu, &memory) == 0
            && ((delegate* unmanaged<nint, byte*, uint, int>)nameCall)(gpu, name, NameLength) == 0
                ? new(Marshal.PtrToStringUTF8((nint)name) ?? "GPU", (long)memory.Total, (long)memory.Free)
                : null;
    }

    /// <summary>NVML counts all GPUs, CUDA those that CUDA_VISIBLE_DEVICES leaves, named there by number or by UUID.</summary>
    internal static string PhysicalIndex(int index, string? visible)
    {
        var names = visible?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        return index < names.Length ? names[index] : index.ToString(CultureInfo.InvariantCulture);
    }

    private static string PhysicalIndex(int index) => PhysicalIndex(index, Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"));

    private static nint? Handle(string gpu)
    {
        nint handle;
        if (uint.TryParse(gpu, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return NativeLibrary.TryGetExport(Library.Value, "nvmlDeviceGetHandleByIndex_v2", out var byIndex)
                && ((delegate* unmanaged<uint, nint*, int>)byIndex)(number, &handle) == 0
                    ? handle
                    : null;
        }

        fixed (byte* uuid = Encoding.UTF8.GetBytes(gpu + '\0'))
        {
            return NativeLibrary.TryGetExport(Library.Value, "nvmlDeviceGetHandleByUUID", out var byName)
                && ((delegate* unmanaged<byte*, nint*, int>)byName)(uuid, &handle) == 0
                    ? handle
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

    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryInfo
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }
}
