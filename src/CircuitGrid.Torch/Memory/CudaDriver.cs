using System.Runtime.InteropServices;

namespace CircuitGrid.Torch.Memory;

/// <summary>A GPU as its driver describes it; sizes in bytes.</summary>
internal sealed record GpuFacts(string Name, long TotalBytes, long FreeBytes);

/// <summary>
/// The few calls of CUDA's driver library that tell of a GPU's memory. It counts GPUs as libtorch does, whatever CUDA_VISIBLE_DEVICES and
/// CUDA_DEVICE_ORDER say, and knows what a part of a shared GPU has.
/// </summary>
internal static unsafe class CudaDriver
{
    private const int NameLength = 256;

    private static readonly Lazy<nint> Library = new(Load);

    /// <summary>
    /// A GPU by the number that libtorch gives it, or <see langword="null"/> where the driver can't say. The context that asking needs is the one that
    /// libtorch computes in; it stays.
    /// </summary>
    public static GpuFacts? Find(int index)
    {
        int device;
        nint context;
        nuint free;
        nuint total;
        var name = stackalloc byte[NameLength];
        if (Library.Value == 0
            || ((delegate* unmanaged<int*, int, int>)Export("cuDeviceGet"))(&device, index) != 0
            || ((delegate* unmanaged<byte*, int, int, int>)Export("cuDeviceGetName"))(name, NameLength, device) != 0
            || ((delegate* unmanaged<nint*, int, int>)Export("cuDevicePrimaryCtxRetain"))(&context, device) != 0
            || ((delegate* unmanaged<nint, int>)Export("cuCtxPushCurrent_v2"))(context) != 0)
        {
            return null;
        }

        var asked = ((delegate* unmanaged<nuint*, nuint*, int>)Export("cuMemGetInfo_v2"))(&free, &total);
        ((delegate* unmanaged<nint*, int>)Export("cuCtxPopCurrent_v2"))(&context);
        return asked == 0 ? new(Marshal.PtrToStringUTF8((nint)name) ?? "GPU", (long)total, (long)free) : null;
    }

    private static nint Export(string name) => NativeLibrary.GetExport(Library.Value, name);

    private static nint Load()
    {
        foreach (var name in (string[])["libcuda.so.1", "nvcuda.dll"])
        {
            if (NativeLibrary.TryLoad(name, out var library)
                && NativeLibrary.TryGetExport(library, "cuInit", out var initialize)
                && ((delegate* unmanaged<uint, int>)initialize)(0) == 0)
            {
                return library;
            }
        }

        return 0;
    }
}
