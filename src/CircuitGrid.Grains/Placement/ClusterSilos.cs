using Orleans.Runtime.MembershipService.SiloMetadata;

namespace CircuitGrid.Grains.Placement;

/// <summary>The cluster's silos as this one sees them.</summary>
public sealed class ClusterSilos(IClusterMembershipService membership, ISiloMetadataCache metadata)
{
    /// <summary>Silos that take work.</summary>
    public IReadOnlyList<SiloAddress> Active() => [.. With(s => s == SiloStatus.Active)];

    /// <summary>Silos that may still be at something: those that take work, and those that are coming or going.</summary>
    public IReadOnlySet<SiloAddress> Living() => With(s => s is SiloStatus.Active or SiloStatus.Joining or SiloStatus.ShuttingDown or SiloStatus.Stopping).ToHashSet();

    /// <summary>Whether a silo can serve a need at all.</summary>
    public bool CanServe(SiloAddress silo, DeviceNeed need) => need.Matches(metadata.GetSiloMetadata(silo));

    private IEnumerable<SiloAddress> With(Func<SiloStatus, bool> accepts) =>
        membership.CurrentSnapshot.Members.Where(m => accepts(m.Value.Status)).Select(m => m.Key);
}
