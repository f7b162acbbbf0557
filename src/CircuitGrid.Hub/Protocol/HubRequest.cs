namespace CircuitGrid.Hub.Protocol;

/// <summary>Something that is asked of the hub.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Timeout">The longest pause in the answer, and before it.</param>
internal sealed record HubRequest(Uri Address, HubSubject Subject, TimeSpan Timeout)
{
    /// <summary>Where the attempt's handlers find it.</summary>
    public static readonly HttpRequestOptionsKey<HubRequest> Key = new("CircuitGrid.HubRequest");

    /// <summary>The first byte that is wanted of a file; <see langword="null"/> for all bytes.</summary>
    public long? From { get; init; }

    /// <summary>The last byte that is wanted of a file; <see langword="null"/> for all from the first on.</summary>
    public long? To { get; init; }

    /// <summary>The answer that is known already.</summary>
    public string? KnownETag { get; init; }

    /// <summary>Bytes of an answer that is read as a whole before it is handed out; <see langword="null"/> where it is read as it comes.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether a longer answer than <see cref="Limit"/> is cut off there, not refused.</summary>
    public bool TakesBeginning { get; init; }

    /// <summary>Whether an answer that there is no such thing is an answer.</summary>
    public bool MayBeAbsent { get; init; }

    /// <summary>Looks at each answer that the hub itself gives, redirects too.</summary>
    public Action<HttpResponseMessage>? OnHubAnswer { get; init; }
}
