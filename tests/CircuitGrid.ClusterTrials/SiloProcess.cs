using System.Diagnostics;

namespace CircuitGrid.ClusterTrials;

/// <summary>A process of a trial, and what it wrote.</summary>
internal sealed class SiloProcess : IDisposable
{
    private readonly Process process;
    private readonly List<string> lines = [];

    private SiloProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, e) => Note(e.Data);
        process.ErrorDataReceived += (_, e) => Note(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Whether it was killed by <see cref="Kill"/>.</summary>
    public bool WasKilled { get; private set; }

    /// <summary>Whether it was asked to end.</summary>
    public bool IsDraining { get; private set; }

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>Number of the process.</summary>
    public int Id => process.Id;

    /// <summary>What it has written so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines)
            {
                return [.. lines];
            }
        }
    }

    /// <summary>Memory it has, in MiB.</summary>
    public long Mebibytes
    {
        get
        {
            process.Refresh();
            return process.HasExited ? 0 : process.WorkingSet64 >> 20;
        }
    }

    /// <summary>Most memory it had, in MiB.</summary>
    public long PeakMebibytes
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64 >> 20;
        }
    }

    public static SiloProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Starts this very program as a silo with stand-ins for cells.</summary>
    public static SiloProcess StandIn(string folder, int port, TimeSpan pause, Uri? hub = null) =>
        Start(Environment.ProcessPath!, ["stand-in", "--folder", folder, "--port", $"{port}", "--pause", $"{(int)pause.TotalMilliseconds}", .. hub is null ? [] : (string[])["--hub", hub.ToString()]]);

    /// <summary>Ends it without a word (SIGKILL).</summary>
    public void Kill()
    {
        WasKilled = true;
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    /// <summary>Asks it to end (SIGTERM).</summary>
    public void Drain()
    {
        IsDraining = true;
        Signal("TERM");
    }

    /// <summary>Asks it to end, and ends it without a word once the grace time is over, as whoever runs containers does.</summary>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> EndAsync(TimeSpan grace, CancellationToken cancellation)
    {
        Drain();
        try
        {
            await ExitAsync(cancellation).WaitAsync(grace, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            Kill();
            return false;
        }
    }

    /// <summary>Stands it still (SIGSTOP).</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>Lets it go on (SIGCONT).</summary>
    public void Thaw() => Signal("CONT");

    public Task ExitAsync(CancellationToken cancellation) => process.WaitForExitAsync(cancellation);

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private void Note(string? line)
    {
        if (line is not null)
        {
            lock (lines)
            {
                lines.Add(line);
            }
        }
    }
}
