using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Grains.Tests.Cluster;
using CircuitGrid.Torch;
using CircuitGrid.Web.Hosting;

namespace CircuitGrid.Silo.Tests;

/// <summary>From <c>--device</c> to slots.</summary>
public sealed class SiloDevicesTests
{
    private const long Gibibyte = 1L << 30;

    private static readonly SiloSettings Settings = new() { Suites = ".", Server = new ServerOptions(), Threads = 3 };

    [Fact]
    public void Open_SeveralGpus_IsTwoSlotsEachWithTheDevicesOwnMemory()
    {
        Assert.SkipWhen(Libtorch.Complaint is not null, Libtorch.Complaint ?? "");
        var provider = new ListedDevices { Memory = 6 * Gibibyte };
        var devices = SiloDevices.Open(Settings with { Device = "cuda:0,cuda:1", Precision = WeightPrecision.BFloat16 }, provider);
        Assert.Equal(
            [("cuda:0", 2, 3, 6 * Gibibyte, 3 * Gibibyte / 2), ("cuda:1", 2, 3, 6 * Gibibyte, 3 * Gibibyte / 2)],
            devices.Select(d => (d.Name, d.Slots, d.Threads, d.Memory, d.WorkingMemory)));
        Assert.All(provider.Opened, r => Assert.Equal("cuda-bf16", r.Numerics));
    }

    [Fact]
    public void Open_Processor_HasAsManySlotsAsAreSaid()
    {
        Assert.Equal(1, Assert.Single(SiloDevices.Open(Settings with { Memory = 8 * Gibibyte }, new CpuDevices())).Slots);
        var device = Assert.Single(SiloDevices.Open(Settings with { Slots = 4, Memory = 8 * Gibibyte }, new CpuDevices()));
        Assert.Equal(("cpu", "cpu-f32", 4, 8 * Gibibyte), (device.Name, device.Analyzer.Numerics, device.Slots, device.Memory));
        Assert.Equal((4 * Gibibyte, Gibibyte), (device.WeightMemory, device.WorkingMemory));
    }

    [Fact]
    public void Analyzer_OfADevice_LoadsOntoThatDeviceWithTheThreadsOfTheLoad()
    {
        var provider = new ListedDevices();
        var devices = SiloDevices.Open(Settings with { Device = "cuda:0,cuda:1", Memory = Gibibyte }, provider);
        Assert.All(devices, d => Assert.Equal(Gibibyte, d.Memory));
        provider.Opened.Clear();
        using (devices[1].Analyzer.Load(Path.Combine(NanoExperiment.Suites, "nano", "nano-2l", "step0"), [], 2, workingMemory: null, CancellationToken.None))
        {
            Assert.Equal(("cuda:1", 2), (Assert.Single(provider.Opened).Device, provider.Opened[0].Threads));
        }
    }

    [Theory]
    [InlineData("cpu,torch-cpu", "--device cpu,torch-cpu: names devices of different numerics (cpu-f32, torch-cpu-f32), and a silo has one: start a silo for each")]
    [InlineData("cuda:0,cpu", "--device cuda:0,cpu: names devices of different numerics (cuda-f32, cpu-f32), and a silo has one: start a silo for each")]
    [InlineData("cuda:0", "device cuda:0: doesn't say how much memory is free; say --memory")]
    public void Open_WhatCantBe_IsRefusedAndSaysWhy(string device, string expected) =>
        Assert.Equal(expected, Assert.Throws<InvalidInputException>(() => SiloDevices.Open(Settings with { Device = device }, new ListedDevices())).Message);
}
