namespace CircuitGrid.HubStandIn;

/// <summary>How a stand-in behaves. All counts and sizes are as on the hub unless set, but for rate limits, which are out of the way.</summary>
public sealed record HubStandInOptions
{
    /// <summary>Port of the hub; 0 for any that is free.</summary>
    public int Port { get; init; }

    /// <summary>Tokens of users that no repository need have accepted.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>Entries on a page of a tree.</summary>
    public int TreePageSize { get; init; } = 1000;

    /// <summary>Entries on a page of a tree that is asked for with <c>expand=true</c>.</summary>
    public int ExpandedTreePageSize { get; init; } = 50;

    /// <summary>Commits on a page unless the request names a number, and at most.</summary>
    public int CommitPageSize { get; init; } = 50;

    /// <summary>Endings of files that are kept in Git LFS, so that they have a sha256 and lie on another host.</summary>
    public IReadOnlyList<string> LargeExtensions { get; init; } = [".safetensors", ".bin", ".pt", ".h5", ".msgpack", ".onnx"];

    /// <summary>Bytes from which any file is kept in Git LFS.</summary>
    public long LargeSize { get; init; } = 10 << 20;

    /// <summary>Whether small files are answered by a relative redirect to a cache on the same host, as the hub has done since 2025.</summary>
    public bool RedirectsSmallFiles { get; init; } = true;

    /// <summary>Requests to listings in a window.</summary>
    public int ApiQuota { get; init; } = 1_000_000;

    /// <summary>Requests to files in a window.</summary>
    public int ResolverQuota { get; init; } = 1_000_000;

    /// <summary>Length of a window of the rate limits; whole seconds.</summary>
    public TimeSpan RateWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an address of a large file is good for.</summary>
    public TimeSpan SignedFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Bytes a second of all answers together; <see langword="null"/> for no limit. <see cref="HubStandInServer.BytesPerSecond"/> changes it.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Time before each answer.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Clock of windows, addresses and pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
