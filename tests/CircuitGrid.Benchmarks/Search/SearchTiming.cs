using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Benchmarks.Search;

internal static class SearchTiming
{
    public static int Run(string[] shapes)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = Environment.ProcessorCount });
        foreach (var shape in shapes)
        {
            var (layers, heads, width) = shape switch { "70m" => (6, 8, 512), "160m" => (12, 12, 768), _ => (24, 16, 1024) };
            var config = new ModelConfig
            {
                Architecture = Architecture.GptNeoX, Layers = layers, Heads = heads, Width = width, MlpWidth = 4 * width, Vocabulary = 50304, ContextLength = 2048,
                LayerNormEpsilon = 1e-5, Activation = Activation.Gelu, ParallelResidual = true, TiedUnembedding = false, Rotary = new Rotary(width / heads / 4, 10000),
            };
            using var model = Transformer.Load(device, new RandomTensors(config, seed: 1));
            var random = new Random(1);
            int n = 32;
            var examples = Enumerable.Range(0, n).Select(_ =>
            {
                ImmutableArray<int> clean = [.. Enumerable.Range(0, 20).Select(_ => random.Next(config.Vocabulary))];
                var corrupted = clean.ToArray();
                for (var i = 0; i < 3; i++) corrupted[random.Next(20)] = random.Next(config.Vocabulary);
                return new Example(clean, [.. corrupted], [random.Next(config.Vocabulary / 2)], [(config.Vocabulary / 2) + random.Next(config.Vocabulary / 2)]);
            }).ToArray();
            var scores = EdgeAttribution.Run(model, examples, MetricKind.LogitDifference, new AttributionOptions { Steps = 1, Blocks = 16 });
            var ranking = EdgeRanking.Create(scores.Graph, scores.Mean(), SelectionRule.Greedy);
            using var evaluator = new CircuitEvaluator(model, examples, MetricKind.LogitDifference);
            int[] all = [.. Enumerable.Range(0, n)];
            var max = SizeSearchOptions.DefaultMaxEdges(scores.Graph.Edges);
            var single = Best(() => evaluator.Evaluate([ranking.Select(scores.Graph.Edges / 20)]));
            int sizes = 0; int chosen = 0;
            // threshold low so the bisection goes down as in practice
            foreach (var threshold in new[] { 0.8 })
            {
                var cold = Best(() => { var r = SizeSearch.Run(ranking, evaluator, new SizeSearchOptions { Threshold = threshold }, all, []); sizes = r.Sizes.Length; chosen = r.Chosen.Budget; });
                var warm = Best(() => SizeSearch.Run(ranking, evaluator, new SizeSearchOptions { Threshold = threshold }, all, [], predictedBudget: chosen));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{shape} max {max} bisection {threshold}: {sizes} sizes, chosen {chosen}, cold {cold:f3} warm {warm:f3}, in evaluations {cold / single:f1}"));
            }
            foreach (var target in new[] { 10, 50, 300 })
            {
                var cold = Best(() => Bisect(target));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  bisection to {target}: {cold:f3}"));
                void Bisect(int t) { var (lo, hi) = (1, max); while (true) { var b = lo < hi ? lo + (hi - lo) / 2 : lo; evaluator.Evaluate([ranking.Select(b)]); if (lo == hi) return; (lo, hi) = b >= t ? (lo, b) : (b + 1, hi); } }
            }
            int[] e6 = [10, 15, 22, 33, 47, 68];
            var gridSizes = Enumerable.Range(1, 9).Concat(Enumerable.Range(0, 5).SelectMany(d => e6.Select(e => e * (int)Math.Pow(10, d)))).Where(g => g < max).Append(max).ToArray();
            var g1 = Best(() => evaluator.Evaluate([.. gridSizes.Select(ranking.Select)]));
            using var halfA = new CircuitEvaluator(model, examples[..(n / 4)], MetricKind.LogitDifference);
            using var halfB = new CircuitEvaluator(model, examples[(n / 4)..(n / 2)], MetricKind.LogitDifference);
            var rA = EdgeRanking.Create(scores.Graph, scores.Mean(Enumerable.Range(0, 4)), SelectionRule.Greedy);
            var rB = EdgeRanking.Create(scores.Graph, scores.Mean(Enumerable.Range(4, 4)), SelectionRule.Greedy);
            var g2 = Best(() => { halfA.Evaluate([.. gridSizes.Select(rA.Select)]); halfB.Evaluate([.. gridSizes.Select(rB.Select)]); });
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  grid E6: {gridSizes.Length} sizes {g1:f3}; halves {g2:f3}"));
        }
        return 0;
    }

    public static List<int> Grid(int small, double ratio, int max)
    {
        var grid = new List<int>();
        double x = 1;
        for (var i = 1; i <= small && i <= max; i++) { grid.Add(i); x = i; }
        while (x * ratio < max) { x *= ratio; grid.Add((int)Math.Round(x)); }
        if (grid[^1] != max) grid.Add(max);
        return grid;
    }

    private static double Best(Action a)
    {
        var best = double.PositiveInfinity;
        for (var i = 0; i < 3; i++) { var s = Stopwatch.GetTimestamp(); a(); best = Math.Min(best, Stopwatch.GetElapsedTime(s).TotalSeconds); }
        return best;
    }
}
