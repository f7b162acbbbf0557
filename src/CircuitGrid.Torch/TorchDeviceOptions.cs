using CircuitGrid.Compute.Devices;

namespace CircuitGrid.Torch;

/// <summary>Where and how a <see cref="TorchDevice"/> computes.</summary>
public sealed record TorchDeviceOptions
{
    /// <summary><c>cpu</c>, or <c>cuda:N</c> for the N-th GPU that libtorch sees.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// In what weights are held and multiplied. Whether a GPU may use TF32 is one switch a process in libtorch: the device made last sets it.
    /// </summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Float32;

    /// <summary>Threads of libtorch's CPU kernels and of loading weights; all cores where <see langword="null"/>. libtorch has one such number a process.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Most bytes of tensors and weights; where <see langword="null"/>, what the driver says is free (a GPU) or whatever the machine gives.
    /// </summary>
    public long? MemoryBudget { get; init; }

    /// <summary>Called with the bytes of every tensor before it is made: tests let it fail as the driver would.</summary>
    internal Action<long>? BeforeAllocation { get; init; }
}
