namespace CircuitGrid.HubStandIn.Requests;

/// <summary>A request that came, and how far it was answered. It is in the log before the answer begins, and counts bytes before they are sent.</summary>
public sealed class LoggedRequest
{
    private long bytesSent;
    private volatile int status;
    private volatile string? fault;

    /// <summary>Place in the log, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>The host that it came to.</summary>
    public required StandInHost Host { get; init; }

    public required string Method { get; init; }

    /// <summary>Path and query as they were sent, escapes and all.</summary>
    public required string Target { get; init; }

    public required RequestKind Kind { get; init; }

    /// <summary>The repository's name as it was asked for; empty where none was.</summary>
    public required string Repository { get; init; }

    /// <summary>The revision as it was asked for; empty where none was.</summary>
    public required string Revision { get; init; }

    /// <summary>Path of the file or folder in the repository, for requests to the storage host too; empty where there is none.</summary>
    public required string Path { get; init; }

    /// <summary>The Range header; <see langword="null"/> where none was sent.</summary>
    public required string? Range { get; init; }

    /// <summary>Whether an Authorization header was sent.</summary>
    public required bool HadAuthorization { get; init; }

    /// <summary>The If-None-Match header; <see langword="null"/> where none was sent.</summary>
    public required string? IfNoneMatch { get; init; }

    public required string UserAgent { get; init; }

    /// <summary>Time since the server started.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>0 before it is answered, and where the connection was closed without an answer.</summary>
    public int Status
    {
        get => status;
        internal set => status = value;
    }

    /// <summary>Bytes of the body that were given to the connection.</summary>
    public long BytesSent => Interlocked.Read(ref bytesSent);

    /// <summary>The fault that it met; <see langword="null"/> where it met none.</summary>
    public string? Fault
    {
        get => fault;
        internal set => fault = value;
    }

    public override string ToString() =>
        $"{Number} {Host} {Method} {Target}{(Range is null ? "" : $" {Range}")}{(HadAuthorization ? " with a token" : "")}: {Status}, {BytesSent} bytes{(Fault is null ? "" : $", {Fault}")}";

    internal void Sending(int bytes) => Interlocked.Add(ref bytesSent, bytes);
}
