using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Client.Commands;

/// <summary>What can be found out about this machine without changing anything on it.</summary>
internal static class Machine
{
    private static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"];

    /// <summary>The processor's name and number of cores.</summary>
    public static string Processor =>
        string.Create(CultureInfo.InvariantCulture, $"{ProcessorName()}, {Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}");

    /// <summary>Bits of the widest vectors that run in hardware.</summary>
    public static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    /// <summary>Memory this process may use, in bytes.</summary>
    public static long Memory => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Free disk space where the program was started, in bytes.</summary>
    public static long FreeDisk => new DriveInfo(Path.GetFullPath(".")).AvailableFreeSpace;

    public static string Runtime => $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}";

    /// <summary>A browser of the Chromium family on the path.</summary>
    public static string? Browser => Browsers.Select(FindProgram).FirstOrDefault(p => p is not null);

    public static string? Node => FindProgram("node");

    public static string MemoryText => ByteSize.Format(Memory);

    public static string FreeDiskText => ByteSize.Format(FreeDisk);

    private static string? FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.exe" : name))
            .FirstOrDefault(File.Exists);

    private static string ProcessorName()
    {
        const string Cpuinfo = "/proc/cpuinfo";
        var line = File.Exists(Cpuinfo) ? File.ReadLines(Cpuinfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[^1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
    }
}
