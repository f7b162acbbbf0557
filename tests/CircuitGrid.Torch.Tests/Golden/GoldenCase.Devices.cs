using CircuitGrid.Compute;
using CircuitGrid.Torch.Tests;

namespace CircuitGrid.Circuits.Tests.Golden;

/// <content>The devices of libtorch, in float32.</content>
internal sealed partial class GoldenCase
{
    public static IReadOnlyDictionary<string, Func<IDevice>> Devices { get; } =
        TestDevices.Names.ToDictionary(name => name, name => (Func<IDevice>)(() => TestDevices.Open(name)));

    /// <summary>
    /// How far a score may be from float64's, as a share of the largest. libtorch adds products in its own order: two probability differences of 116 files
    /// are 4.7e-6 off on two cores of an EPYC.
    /// </summary>
    public static double ScoreTolerance => 6e-6;
}
