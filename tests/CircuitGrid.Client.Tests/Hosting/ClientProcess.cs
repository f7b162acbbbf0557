using System.Diagnostics;
using System.Globalization;

namespace CircuitGrid.Client.Tests.Hosting;

/// <summary>The program as a process of its own, for what can't be seen from inside: signals, environment, a second start.</summary>
internal sealed class ClientProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly Task<string> error;

    private ClientProcess(Process process)
    {
        this.process = process;
        error = process.StandardError.ReadToEndAsync();
    }

    public static ClientProcess Start(IEnumerable<string> args, params (string Name, string Value)[] environment) => Start([], args, environment);

    /// <param name="prefix">A program that starts the client, with its arguments.</param>
    /// <param name="args">The client's arguments.</param>
    /// <param name="environment">What its environment has beside this process's.</param>
    public static ClientProcess Start(IEnumerable<string> prefix, IEnumerable<string> args, (string Name, string Value)[] environment)
    {
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "circuitgrid.exe" : "circuitgrid");

        // a shell makes what it runs in the background ignore SIGINT, and children inherit that: these tests may be run so, the program isn't
        var start = OperatingSystem.IsLinux()
            ? new ProcessStartInfo("env", ["--default-signal=INT", .. prefix, program, .. args])
            : new ProcessStartInfo(program, args);
        (start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (false, true, true, true);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<ClientRun> RunAsync(IEnumerable<string> args, params (string Name, string Value)[] environment)
    {
        using var client = Start(args, environment);
        return await client.WaitAsync();
    }

    /// <summary>Reads standard output up to the first line that contains a text.</summary>
    public async Task ReadUntilAsync(string text)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (await process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The process ended without saying '{text}': {await error}");
    }

    /// <summary>Sends a signal by its name, <c>INT</c> or <c>TERM</c>.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<ClientRun> WaitAsync()
    {
        using var timeout = new CancellationTokenSource(Patience);
        var output = await process.StandardOutput.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        return new ClientRun(process.ExitCode, output, await error);
    }

    /// <summary>Waits until a thread of the process is held up in a function of Linux' kernel; the test is skipped where the kernel doesn't say that.</summary>
    /// <param name="function">Part of the function's name.</param>
    public async Task WaitUntilHeldUpAsync(string function)
    {
        Assert.SkipUnless(File.Exists("/proc/self/wchan"), "this system doesn't say where a thread waits");
        using var timeout = new CancellationTokenSource(Patience);
        while (!Directory.GetDirectories($"/proc/{process.Id}/task").Any(IsThere))
        {
            await Task.Delay(50, timeout.Token);
        }

        bool IsThere(string thread)
        {
            try
            {
                return File.ReadAllText(Path.Combine(thread, "wchan")).Contains(function, StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>Waits for the end without reading what the process writes.</summary>
    /// <param name="patience">How long; two minutes by default.</param>
    public async Task<int> WaitForExitCodeAsync(TimeSpan? patience = null)
    {
        using var timeout = new CancellationTokenSource(patience ?? Patience);
        await process.WaitForExitAsync(timeout.Token);
        return process.ExitCode;
    }

    /// <summary>Whether it has come to its end.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Ends it as SIGKILL does, wherever it is.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
