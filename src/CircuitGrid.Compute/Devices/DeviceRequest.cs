namespace CircuitGrid.Compute.Devices;

/// <summary>What is asked of a device, in the words of <c>--device</c> and <c>--precision</c>.</summary>
public sealed record DeviceRequest
{
    private const string Gpu = "cuda";

    private static readonly (WeightPrecision Precision, string Suffix)[] Suffixes =
        [(WeightPrecision.Float32, "f32"), (WeightPrecision.TensorFloat32, "tf32"), (WeightPrecision.BFloat16, "bf16"), (WeightPrecision.Float16, "f16")];

    /// <summary>The processor with the program's own kernels.</summary>
    public const string Cpu = "cpu";

    /// <summary>The processor with libtorch's kernels.</summary>
    public const string TorchCpu = "torch-cpu";

    /// <summary>The GPUs there are, or the processor where there is none.</summary>
    public const string Auto = "auto";

    /// <summary><c>cpu</c>, <c>torch-cpu</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = Cpu;

    public WeightPrecision Precision { get; init; } = WeightPrecision.Float32;

    /// <summary>Threads of the processor; all cores where <see langword="null"/>.</summary>
    public int? Threads { get; init; }

    /// <summary>Most bytes of tensors and weights; what the device has where <see langword="null"/>.</summary>
    public long? Memory { get; init; }

    /// <summary>The <see cref="IDevice.Numerics"/> of such a device.</summary>
    public string Numerics => NumericsOf(Device.Split(':')[0], Precision);

    /// <summary>All numerics that a device of some build has.</summary>
    public static IEnumerable<string> KnownNumerics => Possible.Select(r => r.Numerics);

    private static IEnumerable<DeviceRequest> Possible =>
        from device in (string[])[Cpu, TorchCpu, $"{Gpu}:0"]
        from suffix in Suffixes
        let request = new DeviceRequest { Device = device, Precision = suffix.Precision }
        where IsPossible(request)
        select request;

    /// <summary>What asks for a device of some numerics: the first GPU for those of GPUs; <see langword="null"/> where no device has them.</summary>
    public static DeviceRequest? OfNumerics(string numerics) => Possible.FirstOrDefault(r => string.Equals(r.Numerics, numerics, StringComparison.Ordinal));

    /// <summary>The numerics of a kind of device at a precision.</summary>
    /// <param name="kind"><c>cpu</c>, <c>torch-cpu</c> or <c>cuda</c>.</param>
    /// <param name="precision">The precision.</param>
    public static string NumericsOf(string kind, WeightPrecision precision) => $"{kind}-{Suffixes.Single(s => s.Precision == precision).Suffix}";

    /// <summary>Bytes of an element of a weight on a device of some numerics; those of float32 where they aren't known.</summary>
    public static int ElementBytesOf(string numerics) =>
        OfNumerics(numerics)?.Precision is WeightPrecision.BFloat16 or WeightPrecision.Float16 ? sizeof(ushort) : sizeof(float);

    private static bool IsPossible(DeviceRequest request) => request.Device switch
    {
        Cpu => request.Precision == WeightPrecision.Float32,
        TorchCpu => request.Precision != WeightPrecision.TensorFloat32,
        _ => true,
    };
}
