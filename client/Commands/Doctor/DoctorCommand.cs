using System.CommandLine;
using System.Globalization;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>doctor</c>: what this machine has, and whether the program computes right on it.</summary>
internal sealed class DoctorCommand : ClientCommand
{
    private const long ComfortableMemory = 1L << 30;
    private const long ComfortableDisk = 1L << 30;

    private readonly Option<string?> device = CommonOptions.Device();
    private readonly Option<WeightPrecision> precision = CommonOptions.Precision();
    private readonly Option<int?> threads = CommonOptions.Threads();

    public DoctorCommand()
        : base("doctor", "Look at this machine, and check that the program computes right on it.")
    {
        Add(device);
        Add(precision);
        Add(threads);
    }

    private enum Verdict
    {
        Ok,
        Note,
        Fail,
    }

    public override Task<ExitCode> RunAsync(CommandContext context)
    {
        var devices = context.Environment.Devices;
        var names = devices.Resolve(context.Get(device) ?? DeviceRequest.Cpu);
        List<Check> checks = [.. MachineChecks()];
        foreach (var name in names)
        {
            checks.AddRange(devices.Describe(name).Select(f => new Check(f.Name, Verdict.Ok, f.Value)));
            using var opened = context.Environment.OpenDevice(
                new ComputeSettings(context.Get(threads), Memory: null) { Device = name, Precision = context.Get(precision) });
            checks.AddRange([ParityOf(opened, context.Get(precision)), SpeedOf(opened, context.Environment.Time), BandwidthOf(opened, context.Environment.Time)]);
        }

        var passed = checks.TrueForAll(c => c.Verdict != Verdict.Fail);
        context.WriteResult(new { Passed = passed, Checks = checks }, console => Show(console, checks, passed));
        return Task.FromResult(passed ? ExitCode.Success : ExitCode.WorkFailed);
    }

    private static IEnumerable<Check> MachineChecks()
    {
        yield return new("processor", Verdict.Ok, Machine.Processor);
        yield return new(
            "vectors",
            Machine.VectorBits >= 256 ? Verdict.Ok : Verdict.Note,
            string.Create(CultureInfo.InvariantCulture, $"{Machine.VectorBits} bits"),
            Machine.VectorBits >= 256 ? null : "works, and slower than with AVX2 or AVX-512");
        yield return new("memory", Machine.Memory >= ComfortableMemory ? Verdict.Ok : Verdict.Note, Machine.MemoryText, Machine.Memory >= ComfortableMemory ? null : "set --memory or take small models");
        yield return new("free disk", Machine.FreeDisk >= ComfortableDisk ? Verdict.Ok : Verdict.Note, Machine.FreeDiskText, Machine.FreeDisk >= ComfortableDisk ? null : "results of large models may not fit");
        yield return new("runtime", Verdict.Ok, Machine.Runtime);
        yield return new("browser", Machine.Browser is null ? Verdict.Note : Verdict.Ok, Machine.Browser ?? "no Chromium or Chrome found", Machine.Browser is null ? "any browser shows a report; only its test needs Chromium" : null);
        yield return new("node", Machine.Node is null ? Verdict.Note : Verdict.Ok, Machine.Node ?? "not found", Machine.Node is null ? "only building the report's page from source needs it" : null);
    }

    private static Check ParityOf(IDevice device, WeightPrecision precision)
    {
        var difference = ParityCheck.Run(device);
        var tolerance = ParityCheck.ToleranceOf(precision);
        var value = string.Create(CultureInfo.InvariantCulture, $"scores differ from the reference by {difference:0.0e+0} of the largest; {tolerance:0e+0} allowed");
        return difference <= tolerance
            ? new("self-check", Verdict.Ok, value)
            : new("self-check", Verdict.Fail, value, "results of this machine can't be trusted; please report it with this table");
    }

    private static Check SpeedOf(IDevice device, TimeProvider time) =>
        new("matrix product", Verdict.Ok, string.Create(CultureInfo.InvariantCulture, $"{MatrixRate.Measure(device, time):F0} GFLOP/s with {device.Description}"));

    private static Check BandwidthOf(IDevice device, TimeProvider time) =>
        new("copy bandwidth", Verdict.Ok, string.Create(CultureInfo.InvariantCulture, $"{CopyRate.Measure(device, time):F1} GB/s read and written on the device"));

    private static void Show(IAnsiConsole console, List<Check> checks, bool passed)
    {
        var table = Tables.Create(console, "", "check", "found", "");
        foreach (var check in checks)
        {
            table.Row(Word(check.Verdict), check.Name, check.Value, check.Advice ?? "");
        }

        console.Write(table);
        console.WriteLine(passed ? "All that is needed is here." : "Something is wrong: see the lines marked FAIL.");
    }

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Ok => "ok",
        Verdict.Note => "note",
        _ => "FAIL",
    };

    private sealed record Check(string Name, Verdict Verdict, string Value, string? Advice = null);
}
