using System.Runtime.InteropServices;
namespace CircuitGrid.Silo;

/// <summary>Ctrl-C and SIGTERM: the first asks the silo to drain, the second ends it at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private const int SignalBase = 128;

    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    public StopSignals() => registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];

    /// <summary>Fires at the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>The exit code of a process that the first signal has ended; 0 where there was none.</summary>
    public int ExitCode { get; private set; }

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        var code = SignalBase + (context.Signal == PosixSignal.SIGINT ? 2 : 15);
        context.Cancel = true;
        if (source.IsCancellationRequested)
        {
            Ending.Now(code, "ended by a second signal: cells under way are lost, and others compute them again");
        }

        ExitCode = code;

        // away from the thread that signals come on: whoever is told may take its time
        _ = source.CancelAsync();
    }
}
