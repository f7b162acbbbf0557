using CircuitGrid.Grains.Checkpoints;
using Orleans.CodeGeneration;

namespace CircuitGrid.Grains.Silos;

/// <summary>A silo's slots and memory, and the jobs it is at. Its key is the silo's address, and it lives there.</summary>
[Alias("circuitgrid.ISiloGrain"), Version(1)]
public interface ISiloGrain : IGrainWithStringKey
{
    /// <summary>What is free now.</summary>
    [Alias("Offer")]
    Task<SiloOffer> OfferAsync();

    /// <summary>Leases a slot of one of its devices, and says what is free then.</summary>
    /// <param name="checkpoint">The checkpoint it is for, suite/model@step.</param>
    /// <param name="bytes">Bytes of the weights that will be loaded.</param>
    [Alias("Lease")]
    Task<LeaseAnswer> LeaseAsync(string checkpoint, long bytes);

    /// <summary>Leases a place ahead of its slots, in which a checkpoint's weights are fetched, and says what is free then.</summary>
    [Alias("LeaseAhead")]
    Task<LeaseAnswer> LeaseAheadAsync();

    /// <summary>Gives a lease back that nothing was started with.</summary>
    [Alias("Release")]
    Task ReleaseAsync(SlotLease lease);

    /// <summary>Jobs of an experiment that the silo has, ended ones as long as nobody has taken note of them.</summary>
    [Alias("Jobs")]
    Task<JobState[]> JobsAsync(string experiment);

    /// <summary>Says that an ended job was taken note of.</summary>
    [Alias("Forget")]
    Task ForgetAsync(string jobId);

    /// <summary>Ends an experiment's jobs soon: cells under way are given up.</summary>
    [Alias("CancelJobs")]
    Task CancelAsync(string experiment);
}

/// <summary>What a silo has to give.</summary>
/// <param name="Slots">Slots of all its devices.</param>
/// <param name="FreeSlots">Those that are free.</param>
/// <param name="FreeMemory">Most bytes that weights could still take on one device with a free slot, weights kept without need counted as free.</param>
/// <param name="FreePlaces">Checkpoints whose weights can be fetched ahead of a slot.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.SiloOffer")]
public sealed record SiloOffer([property: Id(0)] int Slots, [property: Id(1)] int FreeSlots, [property: Id(2)] long FreeMemory, [property: Id(3)] int FreePlaces);

/// <summary>What came of the wish for a slot.</summary>
/// <param name="Lease">The lease; <see langword="null"/> where nothing is free, the weights never fit or the silo is going.</param>
/// <param name="Offer">What is free now.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.LeaseAnswer")]
public sealed record LeaseAnswer([property: Id(0)] SlotLease? Lease, [property: Id(1)] SiloOffer Offer);
