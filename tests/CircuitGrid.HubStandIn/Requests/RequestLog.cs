using System.Collections.Immutable;

namespace CircuitGrid.HubStandIn.Requests;

/// <summary>All requests that came to the hosts of a stand-in, in their order.</summary>
public sealed class RequestLog
{
    private readonly Lock gate = new();
    private ImmutableList<LoggedRequest> all = [];
    private int count;

    /// <summary>What came so far.</summary>
    public IReadOnlyList<LoggedRequest> All
    {
        get
        {
            lock (gate)
            {
                return all;
            }
        }
    }

    /// <summary>Requests that showed a token to a host other than the hub.</summary>
    public IReadOnlyList<LoggedRequest> LeakedTokens => [.. All.Where(r => r.HadAuthorization && r.Host != StandInHost.Hub)];

    public IReadOnlyList<LoggedRequest> Of(RequestKind kind) => [.. All.Where(r => r.Kind == kind)];

    /// <summary>Bytes sent of a file, all requests together; of a large file's one commit where that is named.</summary>
    public long BytesOf(string repository, string path, string? commit = null) => All
        .Where(r => r.Status is 200 or 206 && r.Kind is RequestKind.Large or RequestKind.Resolve or RequestKind.ResolveCache
            && string.Equals(r.Repository, repository, StringComparison.Ordinal)
            && string.Equals(r.Path, path, StringComparison.Ordinal)
            && (commit is null || string.Equals(r.Revision, commit, StringComparison.Ordinal)))
        .Sum(r => r.BytesSent);

    /// <summary>Bytes sent of large files, all requests together.</summary>
    public long LargeBytes => Of(RequestKind.Large).Sum(r => r.BytesSent);

    /// <summary>Forgets what came; numbers go on.</summary>
    public void Clear()
    {
        lock (gate)
        {
            all = [];
        }
    }

    internal LoggedRequest Add(Func<int, LoggedRequest> make)
    {
        lock (gate)
        {
            var request = make(count++);
            all = all.Add(request);
            return request;
        }
    }
}
