using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using CircuitGrid.Client.Commands.Bench.Yardstick;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Models.Checkpoints;
using Spectre.Console;

namespace CircuitGrid.Client.Commands.Bench;

/// <summary><c>bench</c>: how fast this machine analyses a model, against what its matrix products would allow.</summary>
internal sealed class BenchCommand : ClientCommand
{
    private readonly Option<string> shape = new("--shape")
    {
        Description = $"A shape with random weights ({string.Join(", ", BenchShape.Names)}), or a checkpoint folder. Default: 70m.",
        HelpName = "NAME|DIR",
        DefaultValueFactory = _ => "70m",
    };

    private readonly Option<int> examples = NumberOption.WithDefault("--examples", "N", "Examples.", standard: 16, least: 1, most: 100_000);
    private readonly Option<int> positions = NumberOption.WithDefault("--positions", "P", "Tokens of a prompt.", standard: 20, least: 1, most: 4096);
    private readonly Option<int> steps = NumberOption.WithDefault("--steps", "M", "Integration points.", standard: 5, least: 1, most: 1000);
    private readonly Option<int> repetitions = NumberOption.WithDefault("--repetitions", "R", "Times each stage is repeated; the best counts.", standard: 3, least: 1, most: 1000);
    private readonly Option<string?> device = CommonOptions.Device();
    private readonly Option<WeightPrecision> precision = CommonOptions.Precision();
    private readonly IgnoreKeyOption ignoreKey = new();
    private readonly Option<int?> threads = CommonOptions.Threads();
    private readonly Option<long?> memory = CommonOptions.Memory();

    public BenchCommand()
        : base("bench", "Time each stage of an analysis on this machine.")
    {
        foreach (var option in (Option[])[shape, examples, positions, steps, repetitions, device, precision, threads, memory])
        {
            Add(option);
        }

        ignoreKey.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        var count = context.Get(threads) ?? Environment.ProcessorCount;
        using var checkpoint = BenchShape.Find(context.Get(shape)) is null ? Checkpoint.Open(context.Get(shape), new(ignoreKey.Of(context))) : null;
        var source = checkpoint ?? (ITensorSource)new RandomTensors(BenchShape.Find(context.Get(shape))!, seed: 1);
        var compute = new ComputeSettings(count, context.Get(memory)) { Device = context.Get(device) ?? DeviceRequest.Cpu, Precision = context.Get(precision) };
        var settings = new BenchSettings(context.Get(examples), context.Get(positions), context.Get(steps), context.Get(repetitions));
        // another device is measured against its own products
        using var openBlas = string.Equals(compute.Device, DeviceRequest.Cpu, StringComparison.Ordinal) ? OpenBlas.TryLoad() : null;
        openBlas?.SetThreads(count);
        IDevice CreateDevice() => context.Environment.OpenDevice(compute);
        var (result, (load, noLoad)) = await BenchDisplay.RunAsync(
            context,
            progress => (BenchRun.Run(CreateDevice, source, settings, compute, openBlas, progress, context.Cancellation), Load(progress)));
        context.WriteResult(
            new Figures
            {
                Shape = context.Get(shape),
                Device = result.Device,
                Threads = count,
                Examples = settings.Examples,
                Positions = settings.Positions,
                Steps = settings.Steps,
                LoadSeconds = load?.LoadSeconds,
                ReadSeconds = load?.ReadSeconds,
                SmallBufferReadSeconds = load?.PassSeconds,
                FractionOfRead = load?.FractionOfRead,
                FileBytes = load?.FileBytes,
                ForwardSecondsPerExample = result.ForwardSecondsPerExample,
                EapIgSecondsPerExample = result.EapIgSecondsPerExample,
                ForwardsSecondsPerExample = result.ForwardsSecondsPerExample,
                GradientsSecondsPerExample = result.GradientsSecondsPerExample,
                ContractionSecondsPerExample = result.ContractionSecondsPerExample,
                EvaluateSecondsPerExample = result.EvaluateSecondsPerExample,
                SearchSeconds = result.SearchSeconds,
                SearchEvaluations = result.SearchEvaluations,
                SmallSearchSeconds = result.SmallSearchSeconds,
                SmallSearchEvaluations = result.SmallSearchEvaluations,
                PeakMemoryBytes = result.PeakMemoryBytes,
                WeightsBytes = result.WeightsBytes,
                GemmGflops = result.GemmRate / 1e9,
                OpenBlasGflops = result.OpenBlasRate / 1e9,
                OpenBlasKernel = result.OpenBlas?.Kernel,
                OpenBlasVersion = result.OpenBlas?.Version,
                OpenBlasLibrary = result.OpenBlas?.Library,
                OpenBlasVariablesRemoved = result.OpenBlas?.Removed,
                OpenBlasSlowedBy = result.OpenBlas?.Heeded,
                FloorGflopPerExample = result.FloorFlopsPerExample / 1e9,
                FractionOfFloor = result.FractionOfFloor,
            },
            console => Show(console, result, load, noLoad, settings.Examples));
        return ExitCode.Success;

        // what was measured before isn't lost where there is no room for a checkpoint
        (LoadTimes? Times, string? Reason) Load(IProgress<BenchProgress> progress)
        {
            try
            {
                return (LoadBench.Run(CreateDevice, source, ignoreKey.Of(context), settings.Repetitions, progress, context.Cancellation), null);
            }
            catch (InvalidInputException e) when (checkpoint is null)
            {
                return (null, e.Message);
            }
        }
    }

    private static void Show(IAnsiConsole console, BenchResult result, LoadTimes? load, string? noLoad, int examples)
    {
        var table = Tables.Create(console, "stage", "#figure", "");
        table.Row("device", result.Device, "");
        table.Row("plain forward", Seconds(result.ForwardSecondsPerExample), "an example");
        table.Row("EAP-IG", Seconds(result.EapIgSecondsPerExample), Text($"an example; {result.FloorFlopsPerExample / 1e9:F2} GFLOP in plain passes"));
        table.Row("  forwards", Seconds(result.ForwardsSecondsPerExample), "of that: clean and corrupted run, differences");
        table.Row("  gradients", Seconds(result.GradientsSecondsPerExample), "passes at the integration points");
        table.Row("  contraction", Seconds(result.ContractionSecondsPerExample), "differences times gradients");
        table.Row("one evaluation", Seconds(result.EvaluateSecondsPerExample), Text($"an example; a circuit of {result.CircuitEdges} of {result.GraphEdges} edges"));
        void Search(string name, double seconds, int sizes, string among) => table.Row(
            name,
            Seconds(seconds),
            Text($"{sizes} sizes {among}, the answer predicted; {seconds / examples / result.EvaluateSecondsPerExample:F1} evaluations' time"));
        Search("size search", result.SearchSeconds, result.SearchEvaluations, "in the usual range");
        Search("  up to 5 %", result.SmallSearchSeconds, result.SmallSearchEvaluations, "in that range");
        table.Row("peak memory", Text($"{result.PeakMemoryBytes / 1048576.0:F0} MiB"), Text($"the weights alone are {result.WeightsBytes / 1048576.0:F0} MiB"));
        table.Row("matrix product", Text($"{result.GemmRate / 1e9:F0} GFLOP/s"), Text($"at {result.ProductSize}³"));
        table.Row("OpenBLAS", result.OpenBlasRate is { } rate ? Text($"{rate / 1e9:F0} GFLOP/s") : "–", result.OpenBlas is { } openBlas ? $"the same product by {openBlas.Description}" : "not found");
        if (result.OpenBlas?.Library is { } library)
        {
            table.Row("  library", "", library);
        }

        table.Row("of the floor", Output.Figures.Percent(result.FractionOfFloor), "the plain passes' operations a second, as a share of that rate");
        if (load is null)
        {
            table.Row("load", "–", noLoad ?? "");
        }
        else
        {
            table.Row("load", Seconds(load.LoadSeconds), Text($"from page cache to device; the files are {load.FileBytes / 1048576.0:F0} MiB"));
            table.Row("  plain read", Seconds(load.ReadSeconds), Text($"of the files, into memory; into one small buffer {load.PassSeconds:F4} s"));
            table.Row("  of the read", Output.Figures.Percent(load.FractionOfRead), "bytes a second loaded, as a share of those read into memory");
        }

        console.Write(table);
        if (result.OpenBlas?.Warning is { } warning)
        {
            console.WriteLine(warning);
        }
    }

    private static string Seconds(double seconds) => Text($"{seconds:F4} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The benchmark for a program; lengths are seconds and bytes.</summary>
    private sealed record Figures
    {
        public required string Shape { get; init; }

        public required string Device { get; init; }

        public required int Threads { get; init; }

        public required int Examples { get; init; }

        public required int Positions { get; init; }

        public required int Steps { get; init; }

        public required double? LoadSeconds { get; init; }

        public required double? ReadSeconds { get; init; }

        public required double? SmallBufferReadSeconds { get; init; }

        public required double? FractionOfRead { get; init; }

        public required long? FileBytes { get; init; }

        public required double ForwardSecondsPerExample { get; init; }

        public required double EapIgSecondsPerExample { get; init; }

        public required double ForwardsSecondsPerExample { get; init; }

        public required double GradientsSecondsPerExample { get; init; }

        public required double ContractionSecondsPerExample { get; init; }

        public required double EvaluateSecondsPerExample { get; init; }

        public required double SearchSeconds { get; init; }

        public required int SearchEvaluations { get; init; }

        public required double SmallSearchSeconds { get; init; }

        public required int SmallSearchEvaluations { get; init; }

        public required long PeakMemoryBytes { get; init; }

        public required long WeightsBytes { get; init; }

        public required double GemmGflops { get; init; }

        [JsonPropertyName("openblas_gflops")]
        public required double? OpenBlasGflops { get; init; }

        [JsonPropertyName("openblas_kernel")]
        public required string? OpenBlasKernel { get; init; }

        [JsonPropertyName("openblas_version")]
        public required string? OpenBlasVersion { get; init; }

        [JsonPropertyName("openblas_library")]
        public required string? OpenBlasLibrary { get; init; }

        /// <summary>Variables that were set and aren't heeded, because they were removed before OpenBLAS was loaded.</summary>
        [JsonPropertyName("openblas_variables_removed")]
        public required ImmutableArray<string>? OpenBlasVariablesRemoved { get; init; }

        /// <summary>Variables that it was loaded with; none where it runs as the machine lets it.</summary>
        [JsonPropertyName("openblas_slowed_by")]
        public required ImmutableArray<string>? OpenBlasSlowedBy { get; init; }

        public required double FloorGflopPerExample { get; init; }

        public required double FractionOfFloor { get; init; }
    }
}
