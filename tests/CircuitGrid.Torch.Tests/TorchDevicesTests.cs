using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;

namespace CircuitGrid.Torch.Tests;

public sealed class TorchDevicesTests
{
    private readonly TorchDevices devices = new();

    [Theory]
    [InlineData("cpu", WeightPrecision.Float32, "cpu-f32")]
    [InlineData("torch-cpu", WeightPrecision.Float32, "torch-cpu-f32")]
    [InlineData("torch-cpu", WeightPrecision.BFloat16, "torch-cpu-bf16")]
    [InlineData("torch-cpu", WeightPrecision.Float16, "torch-cpu-f16")]
    public void Open_Device_HasTheNumericsThatItsRequestSays(string device, WeightPrecision precision, string numerics)
    {
        var request = new DeviceRequest { Device = device, Precision = precision };
        using var opened = devices.Open(request);
        Assert.Equal(numerics, opened.Numerics);
        Assert.Equal(numerics, request.Numerics);
        Assert.Equal((device, precision), (DeviceRequest.OfNumerics(numerics)!.Device, DeviceRequest.OfNumerics(numerics)!.Precision));
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:99")]
    [InlineData("")]
    [InlineData("cpu,cpu")]
    public void Resolve_UnknownOrAbsentDevice_SaysWhichAreKnown(string words) => Assert.Throws<InvalidInputException>(() => devices.Resolve(words));

    [Fact]
    public void Resolve_Auto_IsEveryGpuOrTheProcessor()
    {
        string[] expected = Libtorch.Gpus == 0 ? ["cpu"] : [.. Enumerable.Range(0, Libtorch.Gpus).Select(i => $"cuda:{i}")];
        Assert.Equal(expected, devices.Resolve("auto"));
        Assert.Equal(["torch-cpu", "cpu"], devices.Resolve("torch-cpu, cpu"));
    }

    [Fact]
    public void Open_PrecisionThatADeviceLacks_IsRefused()
    {
        Assert.Throws<InvalidInputException>(() => devices.Open(new DeviceRequest { Precision = WeightPrecision.BFloat16 }));
        Assert.Throws<InvalidInputException>(() => devices.Open(new DeviceRequest { Device = "torch-cpu", Precision = WeightPrecision.TensorFloat32 }));
    }

    [Fact]
    public void LightProvider_OtherDevices_SaysWhereTheyAre()
    {
        var light = new CpuDevices();
        Assert.Equal(["cpu"], light.Resolve("cpu"));
        Assert.Contains("circuitgrid-gpu", Assert.Throws<InvalidInputException>(() => light.Resolve("cuda:0")).Message, StringComparison.Ordinal);
        Assert.Contains("circuitgrid-gpu", Assert.Throws<InvalidInputException>(() => light.Open(new DeviceRequest { Device = "torch-cpu" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_TorchCpu_NamesBothLibraries()
    {
        var facts = devices.Describe("torch-cpu").ToDictionary(f => f.Name, f => f.Value);
        Assert.StartsWith(Libtorch.Version, facts["libtorch"], StringComparison.Ordinal);
        Assert.Equal("0.107.0", facts["TorchSharp"]);
    }
}
