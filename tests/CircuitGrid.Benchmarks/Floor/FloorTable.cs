using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Client.Commands.Bench;
using CircuitGrid.Client.Commands.Bench.Yardstick;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Benchmarks.Floor;

/// <summary>
/// EAP-IG at the shapes of published models beside the floor of its arithmetic (docs/engine.md, operations), at the rate of OpenBLAS' product of 1024³, which is taken
/// right before and after each repetition; medians.
/// </summary>
internal static class FloorTable
{
    private const int Examples = 16;
    private const int Positions = 20;
    private const int Steps = 5;
    private const int Repetitions = 5;

    public static int Run(string[] shapes)
    {
        using var openBlas = OpenBlas.TryLoad();
        if (openBlas is null)
        {
            Console.Error.WriteLine("libopenblas.so.0 isn't installed (Debian: libopenblas0-pthread), and the floor is at its rate");
            return 1;
        }

        using var device = new CpuDevice(new CpuDeviceOptions { Threads = Environment.ProcessorCount });
        openBlas.SetThreads(Environment.ProcessorCount);
        Console.WriteLine($"{device.Description}; OpenBLAS: {openBlas.Identity.Description}");
        Console.WriteLine("| shape | s an example | GFLOP of plain passes | GFLOP with scores | OpenBLAS, GFLOP/s | of the floor |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var shape in shapes.Length > 0 ? shapes : [.. BenchShape.Names])
        {
            var config = BenchShape.Find(shape) ?? throw new ArgumentException($"'{shape}' is no shape; there are {string.Join(", ", BenchShape.Names)}", nameof(shapes));
            using var model = Transformer.Load(device, new RandomTensors(config, seed: 1));
            var random = new Random(1);
            Example[] examples = [.. Enumerable.Range(0, Examples).Select(_ => Draw(random, config.Vocabulary))];
            var plain = ArithmeticFloor.PerExample(config, Positions, Steps);
            var scored = plain + ArithmeticFloor.ScoringPerExample(config, Positions, Steps);
            var (seconds, rates, shares) = (new double[Repetitions], new double[Repetitions], new double[Repetitions]);
            var before = openBlas.Rate(1024, 10);
            for (var r = 0; r < Repetitions; r++)
            {
                var watch = Stopwatch.StartNew();
                EdgeAttribution.Run(model, examples, Compute.MetricKind.LogitDifference, new AttributionOptions { Steps = Steps, Blocks = 1 });
                seconds[r] = watch.Elapsed.TotalSeconds / Examples;
                var after = openBlas.Rate(1024, 10);
                rates[r] = (before + after) / 2;
                shares[r] = plain / seconds[r] / rates[r];
                before = after;
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {shape} | {Median(seconds):F3} | {plain / 1e9:F1} | {scored / 1e9:F1} | {Median(rates) / 1e9:F0} | {Median(shares):P0} ({shares.Min():P0} to {shares.Max():P0}) |"));
        }

        return 0;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static Example Draw(Random random, int vocabulary) => new(
        [.. Enumerable.Range(0, Positions).Select(_ => random.Next(vocabulary))],
        [.. Enumerable.Range(0, Positions).Select(_ => random.Next(vocabulary))],
        [random.Next(vocabulary)],
        [random.Next(vocabulary)]);
}
