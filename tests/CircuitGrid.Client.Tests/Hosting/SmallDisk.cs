using System.Diagnostics;
using System.Globalization;

namespace CircuitGrid.Client.Tests.Hosting;

/// <summary>A file system of its own that can be filled to the last byte, until it is disposed of.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Mounts one; where that isn't allowed the test is skipped and says so.</summary>
    public SmallDisk(int bytes)
    {
        var isMounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={bytes}"), "none", folder.Path);
        if (!isMounted)
        {
            folder.Dispose();
        }

        Assert.SkipUnless(isMounted, "NO FULL DISK WAS TRIED: mounting a file system isn't allowed here (as root on Linux it is).");
    }

    public string this[string name] => folder[name];

    /// <summary>Leaves no room for another byte.</summary>
    public void Fill()
    {
        using var file = File.Create(folder["filler"]);
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
        Run("umount", folder.Path);
        folder.Dispose();
    }

    private static bool Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
