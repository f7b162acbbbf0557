using CircuitGrid.Compute;
using CircuitGrid.Torch.Tests;

namespace CircuitGrid.Circuits.Tests.Golden;

/// <content>The devices of libtorch, in float32.</content>
internal sealed partial class GoldenCase
{
    public static IReadOnlyDictionary<string, Func<IDevice>> Devices { get; } =
        TestDevices.Names.ToDictionary(name => name, name => (Func<IDevice>)(() => TestDevices.Open(name)));
}
