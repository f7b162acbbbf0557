using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Placement;

namespace CircuitGrid.Grains.Silos;

/// <summary>Speaks for its silo's <see cref="DeviceQueue"/>, which holds all there is to know: the grain may come and go.</summary>
[OnNamedSilo]
internal sealed class SiloGrain(DeviceQueue queue) : Grain, ISiloGrain
{
    public Task<SiloOffer> OfferAsync() => Task.FromResult(queue.Offer());

    public Task<LeaseAnswer> LeaseAsync(string checkpoint, long bytes) => Task.FromResult(queue.Lease(checkpoint, bytes));

    public Task<LeaseAnswer> LeaseAheadAsync() => Task.FromResult(queue.LeaseAhead());

    public Task ReleaseAsync(SlotLease lease)
    {
        queue.Release(lease.Id);
        return Task.CompletedTask;
    }

    public Task<JobState[]> JobsAsync(string experiment) => Task.FromResult(queue.Jobs(experiment));

    public Task ForgetAsync(string jobId)
    {
        queue.Forget(jobId);
        return Task.CompletedTask;
    }

    public Task CancelAsync(string experiment)
    {
        queue.Cancel(experiment);
        return Task.CompletedTask;
    }
}
