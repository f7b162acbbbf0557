using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Torch;

namespace CircuitGrid.Silo.Tests;

/// <summary>Devices of any name, all of them this machine's processor, and what was asked of them. Those that say how much memory they have need libtorch.</summary>
internal sealed class ListedDevices : IDeviceProvider
{
    /// <summary>Bytes that each device says it has; <see langword="null"/> where it doesn't say.</summary>
    public long? Memory { get; init; }

    public List<DeviceRequest> Opened { get; } = [];

    public IReadOnlyList<string> Words { get; } = ["cpu", "torch-cpu", "cuda:N"];

    public IReadOnlyList<string> Resolve(string words) => words.Split(',');

    public IDevice Open(DeviceRequest request)
    {
        Opened.Add(request);
        return Memory is null
            ? new CpuDevice(new CpuDeviceOptions { Threads = request.Threads!.Value })
            : new TorchDevice(new TorchDeviceOptions { Precision = request.Precision, Threads = request.Threads, MemoryBudget = Memory });
    }

    public IReadOnlyList<DeviceFact> Describe(string device) => [];
}
