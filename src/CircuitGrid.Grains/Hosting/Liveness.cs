using Orleans.Configuration;

namespace CircuitGrid.Grains.Hosting;

/// <summary>
/// When silos take one of theirs for dead. Orleans probes every other silo; two silos whose latest probes of a third have all failed declare it dead, in a cluster
/// of two one does. It gives no vote where anything at all was heard of the silo within <see cref="Silence"/>, so that answers which a busy machine holds up do no harm.
/// </summary>
internal static class Liveness
{
    /// <summary>Probes in a row that fail before a silo is suspected.</summary>
    private const int Probes = 3;

    /// <summary>How long a probe's answer is waited for at first, and the pause between probes.</summary>
    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(2);

    /// <summary>A silo that stands still for less, or is that busy, is not declared dead; one that stands still for good is some two seconds later.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(6.6);

    /// <summary>How often a silo says in the table of members that it is alive. One that was silent there for <see cref="StaleAfter"/> times as long has no vote.</summary>
    private static readonly TimeSpan Alive = TimeSpan.FromSeconds(3);

    private const int StaleAfter = 3;

    public static void Configure(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = Probe;
        membership.MinProbeTimeout = Probe / 2;
        membership.MaxProbeTimeout = Silence / Probes;
        membership.NumMissedProbesLimit = Probes;
        membership.NumVotesForDeathDeclaration = 2;
        membership.EnableIndirectProbes = true;
        membership.EnableConnectionLivenessCheck = true;
        membership.DeathVoteExpirationTimeout = TimeSpan.FromSeconds(30);
        membership.IAmAliveTablePublishTimeout = Alive;
        membership.NumMissedTableIAmAliveLimit = StaleAfter;

        // what the table says of others is read as often as they write it: the latest is never stale by itself
        membership.TableRefreshTimeout = Alive;
    }
}
