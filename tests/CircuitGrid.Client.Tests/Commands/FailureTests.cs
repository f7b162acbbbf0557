using System.Diagnostics;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Tests.Experiments;
using CircuitGrid.Client.Tests.Golden;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Models.Tests.Files;

namespace CircuitGrid.Client.Tests.Commands;

/// <summary>Work that fails for want of memory or disk: exit code 1, and no word of a bug.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<Exception> WantsOfMemory =>
    [
        Real(),
        new TypeInitializationException("Some.Type", new InsufficientMemoryException("none")),
        new AggregateException(new InvalidOperationException("first"), new InvalidOperationException("second", new InsufficientMemoryException("none"))),
        new AggregateException(new DeviceMemoryException(10, 20, 30)),
        new DeviceMemoryException(10, 20, 30),
    ];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(WantsOfMemory))]
    public async Task Command_OutOfMemoryAnyhow_SaysSo(Exception fault)
    {
        var run = await ClientRun.OfAsync(["doctor"], 160, change: environment => environment with { Devices = new FailingDevices(fault) });
        Assert.Equal((int)ExitCode.WorkFailed, run.ExitCode);
        Assert.StartsWith("error: not enough memory: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.DoesNotContain("bug", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_OtherFault_IsABug()
    {
        var run = await ClientRun.OfAsync(["doctor"], 160, change: environment => environment with { Devices = new FailingDevices(new InvalidOperationException("line\nline")) });
        Assert.Equal((int)ExitCode.Unexpected, run.ExitCode);
        Assert.Equal("error: unexpected InvalidOperationException: line line (this is a bug; --verbose shows where)", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task Commands_OnAFullDisk_SaySo()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        (await ClientRun.OfAsync("run", experiment)).Succeeded();
        var golden = new GoldenFolder("neox_tiny25");
        golden.WriteGraph(folder["graph.json"], golden.Json("scores_main_eap_logit_diff_b12").GetProperty("scores"));
        using var disk = SmallDisk.Mount(1 << 16);
        File.WriteAllBytes(Path.Combine(disk.Path, "filling"), new byte[60_000]);
        string full = disk.Path;
        string[][] lines =
        [
            ["run", experiment, "--store", $"{full}/results.db"],
            ["report", experiment, "--out", $"{full}/report.html"],
            ["export", "--store", experiment, "--out", full],
            ["circuit", "--graph", folder["graph.json"], "--edges", "100", "--out", $"{full}/circuit.json"],
            ["attribute", "--model", golden.Model, "--pairs", folder["first.jsonl"], "--metric", "logit-diff", "--out", $"{full}/graph.json"],
            ["train", "--out", $"{full}/suite", "--steps", "1"],
        ];
        foreach (var line in lines)
        {
            var run = await ClientRun.OfAsync(line);
            Assert.True(run.ExitCode == (int)ExitCode.WorkFailed, $"{string.Join(' ', line)} ended with {run.ExitCode}: {run.Error}");
            Assert.Contains(full, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
            Assert.DoesNotContain("bug", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Command_OutputToAFullDevice_SaysSo()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "This system has no /dev/full.");
        var program = Path.Combine(AppContext.BaseDirectory, "circuitgrid");
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"'{program}' doctor --json > /dev/full"]) { UseShellExecute = false, RedirectStandardError = true })!;
        var error = await shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.Equal((int)ExitCode.WorkFailed, shell.ExitCode);
        Assert.StartsWith("error: the disk is full: ", error, StringComparison.Ordinal);
    }

    /// <summary>What the runtime throws where something doesn't fit.</summary>
    private static OutOfMemoryException Real() => Assert.Throws<OutOfMemoryException>(() => GC.KeepAlive(new byte[int.MaxValue]));

    /// <summary>Fails whatever is asked of it.</summary>
    private sealed class FailingDevices(Exception fault) : IDeviceProvider
    {
        public IReadOnlyList<string> Words => [];

        public IReadOnlyList<string> Resolve(string words) => throw fault;

        public IDevice Open(DeviceRequest request) => throw fault;

        public IReadOnlyList<DeviceFact> Describe(string device) => throw fault;
    }
}
