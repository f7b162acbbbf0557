using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Client.Options;

/// <summary>What a command may use to compute with.</summary>
/// <param name="Threads">Threads; all cores where <see langword="null"/>.</param>
/// <param name="Memory">Most bytes for weights and batches; what the machine has where <see langword="null"/>.</param>
internal sealed record ComputeSettings(int? Threads, long? Memory)
{
    /// <summary>Opens a CPU device within these settings.</summary>
    public IDevice OpenDevice() => new CpuDevice(new CpuDeviceOptions { Threads = Threads ?? Environment.ProcessorCount, MemoryBudget = Memory });
}
