namespace CircuitGrid.Silo;

/// <summary>
/// Whether the silo is part of its cluster yet, and why it never will be. What happens while it joins isn't logged beside: its end says it in one line.
/// </summary>
internal sealed class SiloJoining : IDisposable
{
    /// <summary>
    /// One refusal may come from a stranger who has got the port of a member that died; the next tries come after the cluster has had the time to notice.
    /// </summary>
    private const int Refusals = 4;

    private readonly CancellationTokenSource given = new();
    private int refused;

    /// <summary>Whether it is part of the cluster.</summary>
    public bool HasJoined { get; private set; }

    /// <summary>Fires when it can't join.</summary>
    public CancellationToken GivenUp => given.Token;

    /// <summary>Why it can't.</summary>
    public string? Fault { get; private set; }

    public void Joined() => HasJoined = true;

    /// <summary>A member of the cluster and this silo don't come to terms.</summary>
    public void Refused(string reason)
    {
        if (!HasJoined && Interlocked.Increment(ref refused) == Refusals)
        {
            Fault = $"can't join the cluster: {reason}";
            given.Cancel();
        }
    }

    public void Dispose() => given.Dispose();
}
