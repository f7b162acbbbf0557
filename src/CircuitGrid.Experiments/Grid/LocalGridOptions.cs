using CircuitGrid.Experiments.Grid.Fetching;

namespace CircuitGrid.Experiments.Grid;

/// <summary>Settings of a <see cref="LocalGrid"/>.</summary>
public sealed record LocalGridOptions
{
    /// <summary>Threads to compute with where an experiment doesn't say.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes for weights and working memory where an experiment doesn't say; by default half of what the process may have.</summary>
    public long Memory { get; init; } = Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, 256L << 20);

    /// <summary>Checkpoints to work on at a time; by default one a thread for small models and one for large ones.</summary>
    public int? Workers { get; init; }

    /// <summary>Name and version of the program, for provenance.</summary>
    public string Program { get; init; } = "CircuitGrid " + (typeof(LocalGridOptions).Assembly.GetName().Version?.ToString(3) ?? "");

    /// <summary>Reads the bytes of every checkpoint once in this process, whatever was noted of its digest before.</summary>
    public bool Rehash { get; init; }

    /// <summary>The machine whose files are looked at: notes of digests name it.</summary>
    public string Machine { get; init; } = Environment.MachineName;

    /// <summary>How often a watch looks at the folders.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a watch asks the hub for a repository's revisions.</summary>
    public TimeSpan HubInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a checkpoint's files must have stayed as they are before a watch takes them for whole.</summary>
    public TimeSpan Settled { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a run looks whether another process has finished the cells it holds.</summary>
    public TimeSpan ClaimInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a run says that it is still alive.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How weights on the hub are fetched and kept.</summary>
    public FetchOptions Fetching { get; init; } = new();

    /// <summary>Hears how many checkpoints on the hub have been looked at, and how many there are.</summary>
    public IProgress<(int Done, int Total)>? Looked { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
