using CircuitGrid.Compute.Devices;

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

    /// <summary>In the words of <c>--device</c>.</summary>
    public string Device { get; init; } = DeviceRequest.Cpu;

    /// <summary>In what weights are held and multiplied.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Float32;

    /// <summary>What asks for a device within these settings.</summary>
    public DeviceRequest Request => new() { Device = Device, Precision = Precision, Threads = Threads, Memory = DeviceMemory };
}
