using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Reference;

namespace CircuitGrid.Compute.Tests.Conformance;

public sealed class LayerNormOverflowTests
{
    public static TheoryData<int> Widths => [.. LayerNormOverflow.Widths];

    [Theory]
    [MemberData(nameof(Widths))]
    public void CpuDevice_RowsBeyondFloat32_AreNoNumbers(int width)
    {
        using var reference = new ReferenceDevice();
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2, Grain = 1 });
        LayerNormOverflow.AssertNoRowIsWrong(device, reference, width);
    }
}
