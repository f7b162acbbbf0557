namespace CircuitGrid.Azure;

/// <summary>Settings of a <see cref="BlobCellStore"/>.</summary>
public sealed record BlobCellStoreOptions
{
    /// <summary>How long a call goes on trying while the storage is away or throttles.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The first pause; the following ones grow, with jitter.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest pause.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Up to so many keys are looked for one by one; for more, all results are listed.</summary>
    public int MostLookups { get; init; } = 64;

    /// <summary>Results whose times are read to forecast others by.</summary>
    public int MostTimings { get; init; } = 5000;
}
