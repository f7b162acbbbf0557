using System.Globalization;
using CircuitGrid.Compute;
using TorchSharp;
using static TorchSharp.torch;

namespace CircuitGrid.Torch;

/// <summary>What the libtorch of this process can do.</summary>
public static class Libtorch
{
    private const string CudaPrefix = "cuda:";

    private static readonly Lazy<int> GpuCount = new(CountGpus);

    /// <summary>Version of the native library.</summary>
    public static string Version => torch.__version__;

    /// <summary>Version of TorchSharp.</summary>
    public static string TorchSharpVersion => typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>CUDA GPUs that it can use; 0 with the CPU build.</summary>
    public static int Gpus => GpuCount.Value;

    /// <summary>The device that a word names.</summary>
    /// <exception cref="InvalidInputException">It names none, or one that isn't here.</exception>
    internal static Device FindDevice(string name)
    {
        if (string.Equals(name, "cpu", StringComparison.Ordinal))
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            return torch.CPU;
        }

        if (!name.StartsWith(CudaPrefix, StringComparison.Ordinal)
            || !int.TryParse(name.AsSpan(CudaPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            throw new InvalidInputException($"device {name}", "isn't cpu or cuda:N");
        }

        if (index >= Gpus)
        {
            var found = Gpus == 0 ? "libtorch sees no CUDA GPU here; it needs the CUDA build (-p:Torch=cuda) and NVIDIA's driver" : $"libtorch sees {Gpus}, cuda:0 to cuda:{Gpus - 1}";
            throw new InvalidInputException($"device {name}", found);
        }

        torch.InitializeDeviceType(DeviceType.CUDA);
        return torch.device(DeviceType.CUDA, index);
    }

    /// <summary>The CPU build of libtorch can't even load the code that would count GPUs.</summary>
    private static int CountGpus()
    {
        try
        {
            return torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or DllNotFoundException or TypeInitializationException)
        {
            return 0;
        }
    }
}
