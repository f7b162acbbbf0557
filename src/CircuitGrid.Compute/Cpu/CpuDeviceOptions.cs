namespace CircuitGrid.Compute.Cpu;

/// <summary>What a <see cref="CpuDevice"/> may use. Neither changes a result by a bit.</summary>
public sealed record CpuDeviceOptions
{
    /// <summary>Threads that compute, the caller's included.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Most bytes of tensors, weights and kept buffers, or null for whatever the machine gives.</summary>
    public long? MemoryBudget { get; init; }
}
