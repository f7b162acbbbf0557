using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Reference;

namespace CircuitGrid.Compute.Tests.Conformance;

/// <summary>Every kernel on every device against the scalar float64 reference, over odd shapes.</summary>
public sealed class ConformanceTests
{
    public static TheoryData<string> Cases => [.. KernelCases.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public void CpuDevice_AnyThreads_AgreesWithTheReferenceAndWithItself(string name)
    {
        using var reference = new ReferenceDevice();
        using var single = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        var expected = KernelCases.Run(name, reference);
        var actual = KernelCases.Run(name, single);
        KernelRun.AssertNear(expected, actual);

        foreach (var options in (CpuDeviceOptions[])[new() { Threads = 2 }, new() { Threads = 2, Grain = 1 }, new() { Threads = 3, Grain = 1 }])
        {
            using var device = new CpuDevice(options);
            KernelRun.AssertSame(actual, KernelCases.Run(name, device), options.ToString());
        }
    }
}
