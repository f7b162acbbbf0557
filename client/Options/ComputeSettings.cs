using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Client.Options;

/// <summary>What a command may use to compute with.</summary>
/// <param name="Threads">Threads; all cores where <see langword="null"/>.</param>
/// <param name="Memory">Most bytes for weights, batches and the program itself; what the machine has where <see langword="null"/>.</param>
internal sealed record ComputeSettings(int? Threads, long? Memory)
{
    /// <summary>What the program itself takes: the runtime, its heap, compiled code.</summary>
    private const long ProgramBytes = 96L << 20;

    /// <summary>Most bytes on the device: what the program itself takes is counted too.</summary>
    public long? DeviceMemory => Memory - Math.Min(Memory / 4 ?? 0, ProgramBytes);

    /// <summary>Opens a CPU device within these settings.</summary>
    public IDevice OpenDevice() => new CpuDevice(new CpuDeviceOptions { Threads = Threads ?? Environment.ProcessorCount, MemoryBudget = DeviceMemory });
}
