using Microsoft.AspNetCore.Connections;

namespace CircuitGrid.Web.Hosting;

/// <summary>A connection, and how busy it is.</summary>
internal sealed class TrackedConnection(ConnectionContext connection)
{
    private static long s_connections;

    private int asking;
    private long lastActive = Environment.TickCount64;

    /// <summary>Which of the server's connections it is, in the order in which they came.</summary>
    public long Number { get; } = Interlocked.Increment(ref s_connections);

    /// <summary>When it last began or ended a request, or took an event; <see cref="Environment.TickCount64"/>.</summary>
    public long LastActive => Interlocked.Read(ref lastActive);

    /// <summary>Whether a request of it is being answered.</summary>
    public bool IsAsking => Volatile.Read(ref asking) != 0;

    /// <summary>Notes that something came or went.</summary>
    public void Touch() => Interlocked.Exchange(ref lastActive, Environment.TickCount64);

    /// <summary>Notes that a request has come whole: one whose body trickles in is worth no more than none.</summary>
    public void BeginRequest()
    {
        Volatile.Write(ref asking, 1);
        Touch();
    }

    /// <summary>Notes that a request is over, whether or not it had come whole.</summary>
    public void EndRequest()
    {
        Volatile.Write(ref asking, 0);
        Touch();
    }

    /// <summary>Closes it at once.</summary>
    public void Close(string reason) => connection.Abort(new ConnectionAbortedException(reason));
}
