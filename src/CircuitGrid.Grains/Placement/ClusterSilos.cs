using Orleans.Runtime.MembershipService.SiloMetadata;

namespace CircuitGrid.Grains.Placement;

/// <summary>The cluster's silos as this one sees them.</summary>
public sealed class ClusterSilos(IClusterMembershipService membership, ISiloMetadataCache metadata, TimeProvider time)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>Silos that take work.</summary>
    public IReadOnlyList<SiloAddress> Active() => [.. With(s => s == SiloStatus.Active)];

    /// <summary>
    /// Silos that may still be at something: those that take work, and those that are going. One that is only coming was never given any, and
    /// should it die on the way, nobody would say so.
    /// </summary>
    public IReadOnlySet<SiloAddress> Living() => With(s => s is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping).ToHashSet();

    /// <summary>Whether a silo can serve a need at all.</summary>
    public bool CanServe(SiloAddress silo, DeviceNeed need) => need.Matches(metadata.GetSiloMetadata(silo));

    /// <summary>
    /// Numerics that silos compute with now. A silo says so of itself shortly after it has joined: whoever hasn't yet is waited for a while.
    /// </summary>
    public async Task<IReadOnlySet<string>> NumericsAsync(TimeSpan patience)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            var known = Active().Select(s => DeviceNeed.NumericsOf(metadata.GetSiloMetadata(s))).ToList();
            if (!known.Contains(null) || time.GetElapsedTime(since) > patience)
            {
                return known.OfType<string>().ToHashSet(StringComparer.Ordinal);
            }

            await Task.Delay(AskAgain, time);
        }
    }

    private IEnumerable<SiloAddress> With(Func<SiloStatus, bool> accepts) =>
        membership.CurrentSnapshot.Members.Where(m => accepts(m.Value.Status)).Select(m => m.Key);
}
