using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Transport;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>What all requests of a server share.</summary>
internal sealed class HubState(HubStandInOptions options)
{
    public HubStandInOptions Options => options;

    public StandInRepositories Repositories { get; } = new();

    public RequestLog Requests { get; } = new();

    public FaultRules Faults { get; } = new();

    public Bandwidth Bandwidth { get; } = new(options.Time) { BytesPerSecond = options.BytesPerSecond };

    public SignedObjects Objects { get; } = new(options);

    public RateWindow ApiWindow { get; } = new("api", options.ApiQuota, options.RateWindow, options.Time);

    public RateWindow ResolverWindow { get; } = new("resolvers", options.ResolverQuota, options.RateWindow, options.Time);

    public long Started { get; } = options.Time.GetTimestamp();

    /// <summary>Addresses of the hosts, without a slash at the end; set once they listen.</summary>
    public string Endpoint { get; set; } = "";

    /// <inheritdoc cref="Endpoint"/>
    public string Storage { get; set; } = "";

    /// <inheritdoc cref="Endpoint"/>
    public string Elsewhere { get; set; } = "";

    /// <summary>Whether a file is kept in Git LFS.</summary>
    public bool IsLarge(string path, StandInFile file) =>
        file.ListedSize >= options.LargeSize || options.LargeExtensions.Any(e => path.EndsWith(e, StringComparison.Ordinal));

    /// <summary>Whether the bearer of a token is somebody the hub knows.</summary>
    public bool Knows(string token) => options.Tokens.Contains(token, StringComparer.Ordinal) || Repositories.All.Any(r => r.AcceptedTokens.Contains(token));
}
