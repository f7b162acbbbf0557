using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Torch.Memory;

namespace CircuitGrid.Torch;

/// <summary>The processor, libtorch on the processor, and the GPUs that libtorch sees.</summary>
public sealed class TorchDevices : IDeviceProvider
{
    private const string GpuPrefix = "cuda:";

    private readonly CpuDevices processor = new();

    public IReadOnlyList<string> Words { get; } = [DeviceRequest.Cpu, DeviceRequest.TorchCpu, $"{GpuPrefix}N", DeviceRequest.Auto];

    public IReadOnlyList<string> Resolve(string words)
    {
        var devices = words.Split(',', StringSplitOptions.TrimEntries).SelectMany(ResolveWord).ToList();
        return devices.GroupBy(d => d, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new InvalidInputException($"device {words}", $"names {twice.Key} twice")
            : devices;
    }

    public IDevice Open(DeviceRequest request) => string.Equals(request.Device, DeviceRequest.Cpu, StringComparison.Ordinal)
        ? processor.Open(request)
        : new TorchDevice(new TorchDeviceOptions
        {
            Device = LibtorchName(request.Device),
            Precision = request.Precision,
            Threads = request.Threads,
            MemoryBudget = request.Memory,
        });

    public IReadOnlyList<DeviceFact> Describe(string device)
    {
        if (string.Equals(device, DeviceRequest.Cpu, StringComparison.Ordinal))
        {
            return [];
        }

        List<DeviceFact> facts =
        [
            new("libtorch", $"{Libtorch.Version}, {(Libtorch.Gpus == 0 ? "sees no GPU" : string.Create(CultureInfo.InvariantCulture, $"sees {Libtorch.Gpus} GPU{(Libtorch.Gpus == 1 ? "" : "s")}"))}"),
            new("TorchSharp", Libtorch.TorchSharpVersion),
        ];
        if (Libtorch.FindDevice(LibtorchName(device)) is { type: TorchSharp.DeviceType.CUDA } gpu)
        {
            facts.Add(new("driver", Nvml.DriverVersion is { } driver ? $"{driver}, CUDA up to {Nvml.CudaVersion ?? "unknown"}" : "can't be asked"));
            facts.Add(new("GPU", GpuMemory.Describe(gpu.index)));
            facts.Add(new("GPU memory free", GpuMemory.FreeAtFirstUse(gpu.index) is { } bytes
                ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):F1} GiB")
                : "unknown; set --memory"));
        }

        return facts;
    }

    private static IEnumerable<string> ResolveWord(string word)
    {
        if (string.Equals(word, DeviceRequest.Auto, StringComparison.Ordinal))
        {
            // a GPU that can't be used is not passed over in silence
            if (CudaDriver.Find(0) is { } gpu && Libtorch.Gpus == 0)
            {
                throw new InvalidInputException(
                    $"device {word}", Libtorch.Complaint ?? $"libtorch can't use the {gpu.Name} that is here; it needs the CUDA build (-p:Torch=cuda); --device {DeviceRequest.Cpu} goes without");
            }

            return Libtorch.Gpus == 0 ? [DeviceRequest.Cpu] : Enumerable.Range(0, Libtorch.Gpus).Select(i => string.Create(CultureInfo.InvariantCulture, $"{GpuPrefix}{i}"));
        }

        if (!string.Equals(word, DeviceRequest.Cpu, StringComparison.Ordinal))
        {
            Libtorch.FindDevice(LibtorchName(word));
        }

        return [word];
    }

    private static string LibtorchName(string device) => device switch
    {
        DeviceRequest.TorchCpu => "cpu",
        _ when device.StartsWith(GpuPrefix, StringComparison.Ordinal) => device,
        _ => throw new InvalidInputException($"device {device}", "known are cpu, torch-cpu, cuda:N and auto"),
    };
}
