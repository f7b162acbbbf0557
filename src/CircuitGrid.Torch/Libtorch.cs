using System.Globalization;
using System.Runtime.InteropServices;
using CircuitGrid.Compute;
using TorchSharp;
using static TorchSharp.torch;

namespace CircuitGrid.Torch;

/// <summary>What the libtorch of this process can do.</summary>
public static class Libtorch
{
    private const string CudaPrefix = "cuda:";

    private static readonly Lazy<string?> LoadComplaint = new(Load);
    private static readonly Lazy<int> GpuCount = new(CountGpus);

    /// <summary>Why the native library can't be loaded here; <see langword="null"/> where it can.</summary>
    public static string? Complaint => LoadComplaint.Value;

    /// <summary>Version of the native library.</summary>
    public static string Version => torch.__version__;

    /// <summary>Version of TorchSharp.</summary>
    public static string TorchSharpVersion => typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>CUDA GPUs that it can use; 0 with the CPU build, and where it can't be loaded.</summary>
    public static int Gpus => GpuCount.Value;

    /// <summary>The device that a word names.</summary>
    /// <exception cref="InvalidInputException">It names none, or one that isn't here, or libtorch can't be loaded.</exception>
    internal static Device FindDevice(string name)
    {
        if (Complaint is { } complaint)
        {
            throw new InvalidInputException($"device {name}", complaint);
        }

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
        if (Complaint is not null)
        {
            return 0;
        }

        try
        {
            return torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or DllNotFoundException)
        {
            return 0;
        }
    }

    private static string? Load()
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            return null;
        }
        catch (Exception e) when (e is TypeInitializationException or NotSupportedException or DllNotFoundException)
        {
            var reason = LoaderMessage();
            return reason.Contains("GLIBCXX", StringComparison.Ordinal)
                ? "libtorch can't be loaded: TorchSharp needs the C++ runtime of GCC 13 or newer, and this system's is older; gpu/cxx-runtime.sh adds what is missing"
                : $"libtorch can't be loaded: {reason}";
        }
    }

    /// <summary>What the system's loader says of TorchSharp's native library; TorchSharp's own exception doesn't tell.</summary>
    private static string LoaderMessage()
    {
        try
        {
            NativeLibrary.Free(NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, searchPath: null));
            return "its libraries don't belong together";
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return e.Message;
        }
    }
}
