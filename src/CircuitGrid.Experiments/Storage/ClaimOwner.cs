using System.ComponentModel;
using System.Diagnostics;

namespace CircuitGrid.Experiments.Storage;

/// <summary>Somebody who computes cells: one run of one process.</summary>
/// <param name="Session">Different for every run.</param>
/// <param name="Host">The machine.</param>
/// <param name="ProcessId">The process on that machine.</param>
/// <param name="ProcessStarted">When it started, because process ids are used again.</param>
public sealed record ClaimOwner(string Session, string Host, int ProcessId, DateTimeOffset ProcessStarted)
{
    /// <summary>
    /// Without a sign of life for this long an owner counts as gone, even where its process can't be seen: on another machine, or stopped.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>How far two readings of one process's start may lie apart: the system reckons it from clock ticks since boot.</summary>
    private static readonly TimeSpan StartTolerance = TimeSpan.FromSeconds(2);

    /// <summary>A new session of this process.</summary>
    public static ClaimOwner Create()
    {
        using var process = Process.GetCurrentProcess();
        return new(Guid.NewGuid().ToString("N"), Environment.MachineName, process.Id, StartOf(process));
    }

    /// <summary>Whether the owner is gone: its process has ended, or it has given no sign of life for <see cref="Patience"/>.</summary>
    /// <param name="lastSeen">Its last sign of life.</param>
    /// <param name="now">The time now.</param>
    public bool IsGone(DateTimeOffset lastSeen, DateTimeOffset now) =>
        now - lastSeen > Patience || (string.Equals(Host, Environment.MachineName, StringComparison.Ordinal) && !IsRunning());

    private bool IsRunning()
    {
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            return !process.HasExited && (StartOf(process) - ProcessStarted).Duration() <= StartTolerance;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (Win32Exception)
        {
            // somebody else's process: it exists, and only its signs of life can tell more
            return true;
        }
    }

    private static DateTimeOffset StartOf(Process process) => new(process.StartTime.ToUniversalTime());
}
