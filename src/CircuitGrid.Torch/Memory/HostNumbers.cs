using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Native = TorchSharp.torch.Tensor;

namespace CircuitGrid.Torch.Memory;

/// <summary>
/// Small arrays of the host as tensors of a device: rows to gather, counts, angles. TorchSharp's own constructor waits for everything the GPU was
/// asked to do before, and frees its array twice where the GPU has no memory; here the tensor is made first and filled through pinned memory without
/// waiting.
/// </summary>
internal static class HostNumbers
{
    public static Native Send(long[] values, ReadOnlySpan<long> shape, Device device) => Send(values, ScalarType.Int64, shape, device);

    public static Native Send(float[] values, ReadOnlySpan<long> shape, Device device) => Send(values, ScalarType.Float32, shape, device);

    public static Native Send(double[] values, ReadOnlySpan<long> shape, Device device) => Send(values, ScalarType.Float64, shape, device);

    private static Native Send<T>(T[] values, ScalarType type, ReadOnlySpan<long> shape, Device device)
        where T : unmanaged
    {
        var host = torch.empty(shape, type);
        if (values.Length > 0)
        {
            values.CopyTo(MemoryMarshal.Cast<byte, T>(host.bytes));
        }

        return device.type == DeviceType.CUDA ? torch.empty(shape, type, device).copy_(host.pin_memory(), nonBlocking: true) : host;
    }
}
