using System.Diagnostics;

namespace CircuitGrid.Client.Tests.Hosting;

/// <summary>Somebody who may read a folder and not write it: the program as a process of a user without rights there.</summary>
internal sealed class Reader : IDisposable
{
    private const UnixFileMode ReadAll = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode EnterAll = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode WriteAll = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private static readonly string[] nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];

    private readonly TemporaryFolder own = new();
    private readonly string[] prefix;

    /// <summary>Where such a process can't be had the test is skipped and says so.</summary>
    public Reader()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Permissions are tried on Unix.");

        // permissions don't count for root
        prefix = Environment.IsPrivilegedProcess ? nobody : [];
        Assert.SkipUnless(prefix.Length == 0 || Runs(), "NOTHING WAS READ AS ANOTHER USER: as root that takes setpriv, and a program that others may start.");
        Share(own.Path);
    }

    /// <summary>A path where the reader may write.</summary>
    public string Own(string name) => own[name];

    /// <summary>Takes the right to write away from a folder and everything in it, and gives all others the right to read it.</summary>
    public static void Protect(string folder)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Append(folder))
        {
            Allow(entry, Directory.Exists(entry) ? ReadAll | EnterAll : ReadAll);
        }
    }

    /// <summary>Lets nobody but a file's owner read it.</summary>
    public static void Hide(string file) => Allow(file, UnixFileMode.UserRead);

    /// <summary>Gives the rights back.</summary>
    public static void Release(string folder)
    {
        Share(folder);
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories))
        {
            Allow(entry, Directory.Exists(entry) ? ReadAll | WriteAll | EnterAll : ReadAll | WriteAll);
        }
    }

    /// <summary>Lets everybody make files in a folder, as in one for temporary files.</summary>
    public static void Share(string folder) => Allow(folder, ReadAll | EnterAll | WriteAll);

    /// <summary>Runs a command to its end.</summary>
    public async Task<ClientRun> RunAsync(params string[] args)
    {
        using var client = ClientProcess.Start(prefix, args, [("HOME", own.Path), ("TMPDIR", own.Path)]);
        return await client.WaitAsync();
    }

    public void Dispose() => own.Dispose();

    private static void Allow(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private bool Runs()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(prefix[0], [.. prefix[1..], "test", "-r", Path.Combine(AppContext.BaseDirectory, "circuitgrid.dll")]));
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
