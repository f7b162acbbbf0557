using CircuitGrid.Compute;

namespace CircuitGrid.Hub.Protocol;

/// <summary>Which hub is asked, how, and where its files are kept.</summary>
public sealed record HubOptions
{
    /// <summary>The hub itself.</summary>
    public const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>The hub's address, or that of a mirror; it may have a path.</summary>
    public Uri Endpoint { get; init; } = new(DefaultEndpoint);

    /// <summary>The folder that Hugging Face's libraries share, as a full path.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Whether only what is in the cache may be used.</summary>
    public bool IsOffline { get; init; }

    /// <summary>Proves who asks; <see langword="null"/> for nobody.</summary>
    public HubToken? Token { get; init; }

    /// <summary>Whether snapshots hold copies of their files, not links to them.</summary>
    public bool CopiesFiles { get; init; }

    /// <summary>The longest pause in an answer that isn't a file, and before it.</summary>
    public TimeSpan ListingTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause in a file, and before it.</summary>
    public TimeSpan DownloadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a request is repeated that failed for a reason that may pass. A file goes on where it broke off; what brings it further doesn't count.</summary>
    public int MostRetries { get; init; } = 5;

    /// <summary>About the pause before the first repetition; each further one is about twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause before a repetition, unless the hub asks for another.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The longest wait that the hub can ask for. Where it asks for more, the request fails and says so.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Bytes that are read of a file at most at once.</summary>
    public int BufferBytes { get; init; } = 1 << 20;

    /// <summary>The pause after so many failures in a row, 0 or more.</summary>
    internal TimeSpan PauseAfter(int failures)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(Math.Max(0, failures - 1), 30));
        return (pause < LongestPause ? pause : LongestPause) * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    /// <summary>What the environment says, by the variables that Hugging Face's libraries read.</summary>
    /// <param name="variable">The value of a variable of the environment; <see langword="null"/> where it isn't set.</param>
    /// <param name="homeFolder">The user's own folder.</param>
    /// <exception cref="InvalidInputException">A variable has a value that it can't have, or the file of the token can't be read.</exception>
    public static HubOptions FromEnvironment(Func<string, string?> variable, string homeFolder)
    {
        var environment = new HubEnvironment(variable, homeFolder);
        return new()
        {
            Endpoint = environment.Endpoint(),
            CacheFolder = environment.CacheFolder(),
            IsOffline = environment.Flag("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"),
            Token = environment.Token(),
            CopiesFiles = environment.Flag("HF_HUB_DISABLE_SYMLINKS"),
            ListingTimeout = environment.Seconds("HF_HUB_ETAG_TIMEOUT", 10),
            DownloadTimeout = environment.Seconds("HF_HUB_DOWNLOAD_TIMEOUT", 10),
        };
    }
}
