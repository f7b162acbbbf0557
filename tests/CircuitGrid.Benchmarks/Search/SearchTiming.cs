using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Client.Commands.Bench;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Benchmarks.Search;

/// <summary>
/// What the grid of sizes costs beside bisections that end at several sizes, on random weights of Pythia's shapes, in turn within one run; and what the circuits of two
/// halves' rankings cost beside it, each on its own half of the finding examples.
/// </summary>
internal static class SearchTiming
{
    private const int Examples = 64;
    private const int Positions = 20;
    private const int Repetitions = 3;

    private static readonly int[] Ends = [10, 50, 300];
    private static readonly int[] FindingBlocks = [0, 2];

    public static int Run(string[] shapes)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = Environment.ProcessorCount });
        Console.WriteLine(device.Description);
        Console.WriteLine("| shape | sizes on the grid | grid, s | halves, s | " + string.Join(" | ", Ends.Select(e => $"bisection to {e}, s")) + " | grid over their mean | with halves |");
        Console.WriteLine("|---|---|---|---|" + string.Concat(Ends.Select(_ => "---|")) + "---|---|");
        foreach (var shape in shapes)
        {
            Run(device, shape);
        }

        return 0;
    }

    private static void Run(CpuDevice device, string shape)
    {
        var config = BenchShape.Find(shape) ?? throw new ArgumentException($"'{shape}' is no shape; there are {string.Join(", ", BenchShape.Names)}", nameof(shape));
        using var model = Transformer.Load(device, new RandomTensors(config, seed: 1));
        var random = new Random(1);
        Example[] examples = [.. Enumerable.Range(0, Examples).Select(_ => Draw(random, config.Vocabulary))];
        var scores = EdgeAttribution.Run(model, examples, MetricKind.LogitDifference, new AttributionOptions { Method = AttributionMethod.Eap, Blocks = 4 });
        var whole = Ranking(scores, FindingBlocks);
        using var evaluator = new CircuitEvaluator(model, examples, MetricKind.LogitDifference);
        var max = SizeSearchOptions.DefaultMaxEdges(scores.Graph.Edges);
        var sizes = SizeGrid.UpTo(max);
        (CircuitEvaluator Evaluator, EdgeRanking Ranking)[] halves =
        [
            .. FindingBlocks.Select(block => (new CircuitEvaluator(model, examples[(block * Examples / 4)..((block + 1) * Examples / 4)], MetricKind.LogitDifference), Ranking(scores, [block]))),
        ];
        var grid = double.PositiveInfinity;
        var halved = double.PositiveInfinity;
        var bisections = Ends.Select(_ => double.PositiveInfinity).ToArray();
        for (var r = 0; r < Repetitions; r++)
        {
            grid = Math.Min(grid, Seconds(() => evaluator.Evaluate([.. sizes.Select(whole.Select)])));
            halved = Math.Min(halved, Seconds(() => Array.ForEach(halves, half => half.Evaluator.Evaluate([.. sizes.Select(half.Ranking.Select)]))));
            for (var i = 0; i < Ends.Length; i++)
            {
                bisections[i] = Math.Min(bisections[i], Seconds(() => Bisect(evaluator, whole, max, Ends[i])));
            }
        }

        Array.ForEach(halves, half => half.Evaluator.Dispose());
        string Number(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
        Console.WriteLine($"| {shape} | {sizes.Length} | {Number(grid)} | {Number(halved)} | {string.Join(" | ", bisections.Select(Number))} | {Number(grid / bisections.Average())} | {Number((grid + halved) / bisections.Average())} |");
    }

    /// <summary>The sizes that a bisection evaluates one after the other if exactly those from <paramref name="end"/> on pass.</summary>
    private static void Bisect(CircuitEvaluator evaluator, EdgeRanking ranking, int max, int end)
    {
        for (var (low, high) = (1, max); ;)
        {
            var budget = low < high ? low + ((high - low) / 2) : low;
            evaluator.Evaluate([ranking.Select(budget)]);
            if (low == high)
            {
                return;
            }

            (low, high) = budget >= end ? (low, budget) : (budget + 1, high);
        }
    }

    private static EdgeRanking Ranking(BlockScores scores, int[] blocks) => EdgeRanking.Create(scores.Graph, scores.Mean(blocks), SelectionRule.Greedy);

    private static Example Draw(Random random, int vocabulary)
    {
        ImmutableArray<int> clean = [.. Enumerable.Range(0, Positions).Select(_ => random.Next(vocabulary))];
        var corrupted = clean.ToArray();
        for (var i = 0; i < 3; i++)
        {
            corrupted[random.Next(Positions)] = random.Next(vocabulary);
        }

        return new Example(clean, [.. corrupted], [random.Next(vocabulary / 2)], [(vocabulary / 2) + random.Next(vocabulary / 2)]);
    }

    private static double Seconds(Action run)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
