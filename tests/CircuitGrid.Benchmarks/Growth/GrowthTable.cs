using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Benchmarks.Growth;

/// <summary>
/// How the time of EAP-IG grows when one of its sizes doubles, beside what counting operations says (<see cref="ArithmeticFloor"/>). The
/// engine keeps its promise where the two columns rise alike.
/// </summary>
internal static class GrowthTable
{
    private const int Repetitions = 4;

    private static readonly Workload Base = new(Layers: 4, Heads: 8, Width: 512, Positions: 20, Examples: 16, Steps: 5);

    public static int Run()
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = Environment.ProcessorCount });
        Console.WriteLine($"{device.Description}; {Base}");
        Console.WriteLine($"{"what doubles",-12} {"value",6} {"seconds",9} {"GFLOP",8} {"GFLOP/s",8} {"time ×",7} {"FLOP ×",7}");
        Series("layers", [2, 4, 8, 16], n => Base with { Layers = n });
        Series("heads", [4, 8, 16, 32], n => Base with { Heads = n });
        Series("width", [256, 512, 1024], n => Base with { Width = n });
        Series("positions", [10, 20, 40, 80, 160], n => Base with { Positions = n });
        Series("examples", [4, 8, 16, 32, 64], n => Base with { Examples = n });
        Series("steps", [2, 5, 10, 20, 40], n => Base with { Steps = n });
        return 0;

        void Series(string name, int[] values, Func<int, Workload> vary)
        {
            (double Seconds, double Flops)? before = null;
            foreach (var value in values)
            {
                var workload = vary(value);
                var (seconds, flops) = (Time(device, workload), workload.Flops);
                var growth = before is { } b ? string.Create(CultureInfo.InvariantCulture, $" {seconds / b.Seconds,7:f2} {flops / b.Flops,7:f2}") : "";
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12} {value,6} {seconds,9:f4} {flops / 1e9,8:f1} {flops / 1e9 / seconds,8:f1}") + growth);
                before = (seconds, flops);
            }
        }
    }

    private static double Time(IDevice device, Workload workload)
    {
        using var model = Transformer.Load(device, new RandomTensors(workload.Config, seed: 1));
        var random = new Random(1);
        ImmutableArray<int> Prompt() => [.. Enumerable.Range(0, workload.Positions).Select(_ => random.Next(workload.Config.Vocabulary))];
        var examples = Enumerable.Range(0, workload.Examples).Select(_ => new Example(Prompt(), Prompt(), [1], [2])).ToArray();
        var best = double.PositiveInfinity;
        for (var i = 0; i < Repetitions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            EdgeAttribution.Run(model, examples, MetricKind.LogitDifference, new AttributionOptions { Steps = workload.Steps });
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private sealed record Workload(int Layers, int Heads, int Width, int Positions, int Examples, int Steps)
    {
        public ModelConfig Config => new()
        {
            Family = Families.GptNeoX,
            Layers = Layers,
            Heads = Heads,
            Width = Width,
            MlpWidth = 4 * Width,
            Vocabulary = 5000,
            ContextLength = 2048,
            Norms = new(NormKind.LayerNorm, 1e-5),
            Activation = Activation.Gelu,
            ParallelResidual = true,
            TiedUnembedding = false,
            Rotary = new Rotary(Width / Heads / 4, 10000),
        };

        public double Flops => Examples
            * (ArithmeticFloor.PerExample(Config, Positions, Steps)
                + ArithmeticFloor.ScoringPerExample(Config, Positions, Steps)
                - ArithmeticFloor.LeftOutPerExample(Config, Positions, Steps));

        public override string ToString() => $"{Layers} layers × {Width}, {Heads} heads, {Positions} positions, {Examples} examples, {Steps} steps";
    }
}
