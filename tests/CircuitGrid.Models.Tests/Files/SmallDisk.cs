using System.Diagnostics;
using System.Globalization;

namespace CircuitGrid.Models.Tests.Files;

/// <summary>A file system of its own that is soon full, until it is disposed of.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts one; where that isn't allowed the test is skipped and says so.</summary>
    public static SmallDisk Mount(int bytes)
    {
        var path = Directory.CreateTempSubdirectory("circuitgrid-disk-").FullName;
        var mounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={bytes}"), "none", path);
        if (!mounted)
        {
            Directory.Delete(path);
        }

        Assert.SkipUnless(mounted, "NO FULL DISK WAS TRIED: mounting a file system isn't allowed here (as root on Linux it is).");
        return new(path);
    }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Leaves no room for another byte.</summary>
    public void Fill()
    {
        using var file = File.Create(this["filler"]);
        try
        {
            for (var block = new byte[4096]; ;)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // full
        }
    }

    public void Dispose()
    {
        Run("umount", Path);
        Directory.Delete(Path);
    }

    private static bool Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
