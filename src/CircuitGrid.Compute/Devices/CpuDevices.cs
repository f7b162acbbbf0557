using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Compute.Devices;

/// <summary>The processor alone: all that the light build has.</summary>
public sealed class CpuDevices : IDeviceProvider
{
    public IReadOnlyList<string> Words { get; } = [DeviceRequest.Cpu];

    public IReadOnlyList<string> Resolve(string words)
    {
        foreach (var word in words.Split(',', StringSplitOptions.TrimEntries))
        {
            Require(word);
        }

        return [DeviceRequest.Cpu];
    }

    public IDevice Open(DeviceRequest request)
    {
        Require(request.Device);
        if (request.Precision != WeightPrecision.Float32)
        {
            throw new InvalidInputException($"device {request.Device}", "computes in float32 only");
        }

        return new CpuDevice(new CpuDeviceOptions { Threads = request.Threads ?? Environment.ProcessorCount, MemoryBudget = request.Memory });
    }

    public IReadOnlyList<DeviceFact> Describe(string device)
    {
        Require(device);
        return [];
    }

    private static void Require(string word)
    {
        if (!string.Equals(word, DeviceRequest.Cpu, StringComparison.Ordinal))
        {
            throw new InvalidInputException($"device {word}", "this program computes on cpu only; circuitgrid-gpu (project gpu) knows torch-cpu, cuda:N and auto too");
        }
    }
}
