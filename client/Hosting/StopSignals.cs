using System.Runtime.InteropServices;

namespace CircuitGrid.Client.Hosting;

/// <summary>
/// Turns Ctrl-C and SIGTERM into a cancellation. A second signal ends the process at once. So does the first where a write waits for a program that doesn't
/// read what it is sent: no cancellation reaches it.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>A write that takes so long after the signal waits for nobody.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource source = new();
    private readonly WatchedConsole console;
    private readonly PosixSignalRegistration[] registrations;
    private Timer? looks;

    /// <param name="console">The process's output.</param>
    public StopSignals(WatchedConsole console)
    {
        this.console = console;
        registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        looks?.Dispose();
        source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        if (source.IsCancellationRequested)
        {
            return;
        }

        context.Cancel = true;
        looks = new(_ => EndIfStuck(), state: null, Patience, Patience / 4);
        source.Cancel();
    }

    private void EndIfStuck()
    {
        if (console.Waiting >= Patience)
        {
            Environment.Exit((int)ExitCode.Stopped);
        }
    }
}
