using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Reference;

namespace CircuitGrid.Circuits.Tests.Golden;

/// <content>The devices of the light build; the tests of others compile these cases with a list of their own.</content>
internal sealed partial class GoldenCase
{
    /// <summary>Every device that must give the reference library's numbers.</summary>
    public static IReadOnlyDictionary<string, Func<IDevice>> Devices { get; } = new Dictionary<string, Func<IDevice>>
    {
        ["reference"] = () => new ReferenceDevice(),
        ["cpu"] = () => new CpuDevice(new CpuDeviceOptions { Threads = 2 }),
    };

    /// <summary>How far a score may be from float64's, as a share of the largest.</summary>
    public static double ScoreTolerance => 4e-6;
}
