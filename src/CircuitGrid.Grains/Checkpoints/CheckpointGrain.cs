using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Placement;
using CircuitGrid.Grains.Silos;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Placement;

namespace CircuitGrid.Grains.Checkpoints;

/// <summary>
/// Passes jobs on to its silo's <see cref="DeviceQueue"/>. Being one grain, it keeps a checkpoint on one silo at a time, which loads its
/// weights once for everybody who asks.
/// </summary>
[MatchDevice]
internal sealed class CheckpointGrain(DeviceQueue queue, ILocalSiloDetails silo, IOptions<ClusterOptions> options) : Grain, ICheckpointGrain
{
    public Task<JobStart> StartAsync(CheckpointJob job)
    {
        if (!job.Lease.Silo.Equals(silo.SiloAddress))
        {
            RequestContext.Set(IPlacementDirector.PlacementHintKey, job.Lease.Silo);
            this.MigrateOnIdle();
            return Task.FromResult(JobStart.Moving);
        }

        DelayDeactivation(options.Value.KeepWeights);
        return Task.FromResult(queue.TryStart(job) ? JobStart.Started : JobStart.Refused);
    }
}
