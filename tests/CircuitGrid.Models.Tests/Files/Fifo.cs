using System.Diagnostics;

namespace CircuitGrid.Models.Tests.Files;

/// <summary>Named pipes, made by the system's own program.</summary>
internal static class Fifo
{
    public static string Make(string path)
    {
        using var process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return path;
    }
}
