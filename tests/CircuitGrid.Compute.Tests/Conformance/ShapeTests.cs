using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Reference;

namespace CircuitGrid.Compute.Tests.Conformance;

/// <summary>Arguments that don't fit are refused with <see cref="ArgumentException"/> before anything is computed, on every device.</summary>
public sealed class ShapeTests
{
    public static TheoryData<string> Calls => [.. WrongCalls.Names];

    [Theory]
    [MemberData(nameof(Calls))]
    public void Kernel_ArgumentsThatDontFit_AreRefusedOnEveryDevice(string call)
    {
        using var cpu = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var reference = new ReferenceDevice();
        foreach (var device in (IDevice[])[cpu, reference])
        {
            Assert.ThrowsAny<ArgumentException>(() => WrongCalls.Make(call, device));
        }
    }

    [Fact]
    public void Kernel_TensorOfAnotherDevice_IsRefused()
    {
        using var cpu = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var reference = new ReferenceDevice();
        Assert.ThrowsAny<ArgumentException>(() => cpu.Add(cpu.Allocate([3]), cpu.Allocate([3]), reference.Allocate([3])));
        Assert.ThrowsAny<ArgumentException>(() => reference.Add(reference.Allocate([3]), reference.Allocate([3]), cpu.Allocate([3])));
        Assert.ThrowsAny<ArgumentException>(() => cpu.Linear(cpu.Allocate([1, 3]), cpu.Allocate([1, 2]), Matrix(reference, 3, 2)));
    }

    private static Weight Matrix(ReferenceDevice device, int outputs, int inputs) => device.Prepare(new ArrayMatrix(new float[outputs * inputs], outputs, inputs));
}
