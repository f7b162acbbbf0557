namespace CircuitGrid.Web.Api.Deadlines;

/// <summary>How long answers may take, and how many requests may wait for theirs.</summary>
public sealed record DeadlineOptions
{
    public TimeSpan Quick { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan Start { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A report of a large suite takes minutes.</summary>
    public TimeSpan Long { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a report waits for others to be made before it: one takes all cores.</summary>
    public TimeSpan Turn { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How soon an outage of storage ends the requests that wait for it.</summary>
    public TimeSpan OutageLook { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Quick requests at work at a time, those included that nobody waits for any more but that haven't ended.</summary>
    public int MostQuick { get; init; } = 256;

    /// <summary>The same of others.</summary>
    public int MostLong { get; init; } = 64;

    /// <summary>How long one of a kind may take.</summary>
    public TimeSpan Of(DeadlineKind kind) => kind switch
    {
        DeadlineKind.Quick => Quick,
        DeadlineKind.Start => Start,
        _ => Long,
    };
}
