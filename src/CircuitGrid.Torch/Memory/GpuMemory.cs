using System.Collections.Concurrent;
using System.Globalization;

namespace CircuitGrid.Torch.Memory;

/// <summary>What NVIDIA's driver says of GPUs. libtorch's own figures can't be asked through TorchSharp.</summary>
internal static class GpuMemory
{
    private static readonly ConcurrentDictionary<int, long?> Free = new();

    /// <summary>
    /// Bytes that were free on a GPU when this process first asked; <see langword="null"/> where the driver can't be asked. libtorch keeps what
    /// it once took, so that later figures would count its own reserve as taken.
    /// </summary>
    public static long? FreeAtFirstUse(int index) => Free.GetOrAdd(index, i => CudaDriver.Find(i)?.FreeBytes);

    /// <summary>
    /// Bytes of a GPU that were taken since, beside this process's context: weights, batches and what libtorch keeps, which is the most it ever needed;
    /// <see langword="null"/> where the driver can't be asked. What others took or gave back meanwhile is in it too.
    /// </summary>
    public static long? Taken(int index) => FreeAtFirstUse(index) is { } first && CudaDriver.Find(index) is { } now ? Math.Max(0, first - now.FreeBytes) : null;

    /// <summary>A GPU's name and memory.</summary>
    public static string Describe(int index) => CudaDriver.Find(index) is { } gpu
        ? string.Create(CultureInfo.InvariantCulture, $"cuda:{index}, {gpu.Name}, {gpu.TotalBytes / (double)(1L << 30):F1} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"cuda:{index}");
}
