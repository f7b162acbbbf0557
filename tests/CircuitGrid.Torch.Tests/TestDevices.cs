using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;

namespace CircuitGrid.Torch.Tests;

/// <summary>Every libtorch device of this machine: its CPU backend, and the GPUs there are.</summary>
internal static class TestDevices
{
    public static IEnumerable<string> Names => ["cpu", .. Enumerable.Range(0, Libtorch.Gpus).Select(i => $"cuda:{i}")];

    public static IDevice Open(string name, WeightPrecision precision = WeightPrecision.Float32) =>
        new TorchDevice(new TorchDeviceOptions { Device = name, Precision = precision, Threads = 2 });
}
