using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Grains.Hosting;

namespace CircuitGrid.Silo;

/// <summary>The devices of a silo: each is opened once when the silo starts, to see that it works and what it has.</summary>
internal static class SiloDevices
{
    private const int GpuSlots = 2;

    /// <param name="settings">What the silo was told.</param>
    /// <param name="provider">The devices there are.</param>
    /// <exception cref="InvalidInputException">There is no such device, it doesn't say how much memory it has, or the devices differ in their numerics.</exception>
    public static IReadOnlyList<SiloDevice> Open(SiloSettings settings, IDeviceProvider provider)
    {
        var requests = provider.Resolve(settings.Device)
            .Select(name => new DeviceRequest { Device = name, Precision = settings.Precision, Threads = settings.Threads })
            .ToList();
        if (requests.Exists(r => !string.Equals(r.Numerics, requests[0].Numerics, StringComparison.Ordinal)))
        {
            throw new InvalidInputException(
                $"--device {settings.Device}",
                $"names devices of different numerics ({string.Join(", ", requests.Select(r => r.Numerics))}), and a silo has one: start a silo for each");
        }

        return [.. requests.Select(r => Open(r, settings, provider))];
    }

    private static SiloDevice Open(DeviceRequest request, SiloSettings settings, IDeviceProvider provider)
    {
        using var device = provider.Open(request);
        var memory = settings.Memory ?? device.FreeBytes;
        if (memory is null && !HasHostMemory(request))
        {
            throw new InvalidInputException($"device {request.Device}", "doesn't say how much memory is free; say --memory");
        }

        var analyzer = new CellAnalyzer(threads => provider.Open(request with { Threads = threads }), device.Numerics, device.Description);
        return new(request.Device, analyzer)
        {
            Slots = settings.Slots ?? (HasHostMemory(request) ? 1 : GpuSlots),
            Threads = settings.Threads,
            Memory = memory ?? SiloDevice.HostMemory,
        };
    }

    private static bool HasHostMemory(DeviceRequest request) => request.Device is DeviceRequest.Cpu or DeviceRequest.TorchCpu;
}
