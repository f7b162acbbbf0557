namespace CircuitGrid.Grains.Checkpoints;

/// <summary>A slot of a silo, and memory for one checkpoint's weights and work, promised to somebody.</summary>
/// <param name="Silo">The silo.</param>
/// <param name="Id">The lease.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.SlotLease")]
public sealed record SlotLease([property: Id(0)] SiloAddress Silo, [property: Id(1)] Guid Id);
