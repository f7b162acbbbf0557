namespace CircuitGrid.Compute.Cpu;

/// <summary>What a <see cref="CpuDevice"/> may use. Neither changes a result by a bit.</summary>
public sealed record CpuDeviceOptions
{
    /// <summary>Threads that compute, the caller's included.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Most bytes of tensors, weights and kept buffers, or null for whatever the machine gives.</summary>
    public long? MemoryBudget { get; init; }

    /// <summary>
    /// Least work worth a thread, in elements of a cheap kernel: about as long as waking a thread takes. Tests make it small,
    /// so that small tensors are shared out too.
    /// </summary>
    internal long Grain { get; init; } = 1 << 15;
}
