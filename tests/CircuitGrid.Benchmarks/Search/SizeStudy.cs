using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Benchmarks.Search;

internal static class SizeStudy
{
    private const int Draws = 6;
    private const double Threshold = 0.8;

    public static int Run(string folder, string[] rest)
    {
        double ratio = rest.Length > 0 ? double.Parse(rest[0], CultureInfo.InvariantCulture) : Math.Sqrt(2);
        int only = rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : 0;
        var suite = SuiteFolder.Open(folder);
        var source = new FileExperimentSource();
        string[] rules = ["bisection", "first", "last", "fit", "fitgrid", "logfit"];
        var jac = rules.ToDictionary(r => r, _ => new List<double>());
        var spread = rules.ToDictionary(r => r, _ => new List<double>());
        var held = rules.ToDictionary(r => r, _ => new List<double>());
        var sizes = rules.ToDictionary(r => r, _ => new List<double>());
        var cover = new Dictionary<string, List<double>>();
        var width = new Dictionary<string, List<double>>();
        foreach (var suiteModel in suite.Models)
        {
            foreach (var step in suiteModel.Steps.Where((_, i) => only == 0 || i % only == 0))
            {
                using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
                using var checkpoint = Checkpoint.Open(suiteModel.StepFolder(step));
                using var model = Transformer.Load(device, checkpoint);
                foreach (var task in TaskLibrary.Tasks)
                {
                    var sets = Enumerable.Range(0, Draws).Select(d => source.BuildTask(new TaskSpec(task.Name) { Seed = 42 + (1000 * d) }, suite, suiteModel, step, new(model.Config.Vocabulary, model.Config.ContextLength), new())).ToArray();
                    var draws = sets.Select(s => new Draw(model, s, ratio)).ToArray();
                    if (draws.Any(d => !d.HasTask)) { foreach (var d in draws) d.Dispose(); continue; }
                    // the pooled truth: ranking of all finding examples of all draws, on all of them
                    var graph = draws[0].Graph;
                    var pooled = new float[graph.Edges];
                    for (var e = 0; e < pooled.Length; e++) pooled[e] = draws.Average(d => d.Scores[e]);
                    var truthRanking = EdgeRanking.Create(graph, pooled, SelectionRule.Greedy);
                    var curve = new double[draws[0].Grid.Count];
                    double whole = 0;
                    foreach (var d in draws)
                    {
                        var m = d.Evaluator.Evaluate([.. d.Grid.Select(truthRanking.Select)]);
                        for (var s = 0; s < curve.Length; s++) curve[s] += d.Finding.Sum(x => m[s][x]);
                        whole += d.Finding.Sum(x => d.Evaluator.CleanMetrics[x]);
                    }
                    for (var s = 0; s < curve.Length; s++) curve[s] /= whole;
                    var grid = draws[0].Grid;
                    var crossings = Draw.AllCrossings(grid, curve);
                    foreach (var rule in rules)
                    {
                        var chosen = draws.Select(d => d.Choose(rule)).ToArray();
                        for (var i = 0; i < Draws; i++)
                        {
                            for (var j = 0; j < i; j++)
                            {
                                jac[rule].Add(chosen[i].Mask.OverlapWith(chosen[j].Mask).Jaccard);
                                spread[rule].Add(Math.Abs(Math.Log(chosen[i].Budget / (double)chosen[j].Budget)));
                            }
                            held[rule].Add(chosen[i].Held);
                            sizes[rule].Add(chosen[i].Budget);
                        }
                    }
                    foreach (var k in new[] { 0, 2, 4, 8 })
                    {
                        foreach (var d in draws)
                        {
                            var (lo, hi) = d.Interval(k);
                            Add($"first in, k={k}", lo <= crossings[0] && crossings[0] <= hi ? 1 : 0);
                            Add($"all in, k={k}", lo <= crossings[0] && crossings[^1] <= hi ? 1 : 0);
                            Add($"fit in, k={k}", Draw.FitCrossing(grid, curve) is var f && lo <= f && f <= hi ? 1 : 0);
                            if (!width.TryGetValue($"k={k}", out var w)) width[$"k={k}"] = w = [];
                            w.Add(Math.Log(Math.Min(hi, graph.Edges) / lo));
                        }
                    }
                    void Add(string key, double v) { if (!cover.TryGetValue(key, out var l)) cover[key] = l = []; l.Add(v); }
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{suiteModel.Name}@{step} {task.Name}: truth {string.Join(',', crossings.Select(c => c.ToString("f0", CultureInfo.InvariantCulture)))}; first {string.Join(',', draws.Select(d => d.Choose("first").Budget))}; bisection {string.Join(',', draws.Select(d => d.Choose("bisection").Budget))}; fit {string.Join(',', draws.Select(d => d.Choose("fit").Budget))}; intervals8 {string.Join(' ', draws.Select(d => d.Interval(8)).Select(i => $"[{i.Low:f0},{i.High:f0}]"))} intervals0 {string.Join(' ', draws.Select(d => d.Interval(0)).Select(i => $"[{i.Low:f0},{i.High:f0}]"))}"));
                    foreach (var d in draws) d.Dispose();
                }
            }
        }

        foreach (var rule in rules)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rule,-10} J {jac[rule].Average():f3}  |log ratio| {spread[rule].Average():f3}  held {held[rule].Average():f3} held>=0.8 {held[rule].Average(h => h >= 0.8 ? 1 : 0):f3} held min {held[rule].Min():f2} mean log size {sizes[rule].Average(Math.Log):f3}"));
        }
        foreach (var (k, v) in cover) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{k}: {v.Average():f3} of {v.Count}"));
        foreach (var (k, v) in width) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"width {k}: factor {Math.Exp(v.Average()):f2}"));
        return 0;
    }

    private sealed class Draw : IDisposable
    {
        public readonly CircuitGraph Graph;
        public readonly float[] Scores;
        public readonly CircuitEvaluator Evaluator;
        public readonly List<int> Grid;
        public readonly int[] Finding, Judging;
        public readonly bool HasTask;
        private readonly EdgeRanking ranking;
        private readonly double[][] metrics = [];
        private readonly double[] clean;
        private readonly int[] blocks;
        private readonly List<double[][]> replicates = [];
        private readonly Dictionary<string, (int, BitMask, double)> chosen = [];
        private readonly Dictionary<int, (double, double)> intervals = [];
        private readonly int n;

        public Draw(Transformer model, TaskDataset data, double ratio)
        {
            n = data.Examples.Length;
            var B = Math.Min(32, n);
            Evaluator = new CircuitEvaluator(model, data.Examples, data.Metric);
            blocks = [.. Enumerable.Range(0, n).Select(i => BlockScores.BlockOf(i, n, B))];
            Finding = [.. Enumerable.Range(0, n).Where(i => blocks[i] % 2 == 0)];
            Judging = [.. Enumerable.Range(0, n).Where(i => blocks[i] % 2 == 1)];
            clean = [.. Evaluator.CleanMetrics];
            var bs = EdgeAttribution.Run(model, data.Examples, data.Metric, new AttributionOptions { Steps = 5, Blocks = B });
            Graph = bs.Graph;
            int[] fb = [.. Enumerable.Range(0, B).Where(b => b % 2 == 0)];
            Scores = bs.Mean(fb);
            Grid = SearchTiming.Grid(10, ratio, Graph.Edges);
            ranking = EdgeRanking.Create(Graph, Scores, SelectionRule.Greedy);
            var found = Faithfulness.Of(clean, clean, Evaluator.AblatedMetrics, Finding);
            HasTask = CircuitGrid.Experiments.Cells.CellResult.HasTask(CircuitGrid.Experiments.Cells.MeanInterval.Of(clean), data.Metric, new(found.Model, found.Ablated), Threshold);
            if (!HasTask) return;
            metrics = Evaluator.Evaluate([.. Grid.Select(ranking.Select)]);
            var random = new Random(7);
            for (var k = 0; k < 8; k++)
            {
                var half = fb.ToArray();
                random.Shuffle(half);
                var set = half[..(half.Length / 2)];
                var r = EdgeRanking.Create(Graph, bs.Mean(set), SelectionRule.Greedy);
                var m = Evaluator.Evaluate([.. Grid.Select(r.Select)]);
                // only on that half
                replicates.Add([.. m.Select(row => row.Select((v, x) => set.Contains(blocks[x]) ? v : double.NaN).ToArray())]);
            }
        }

        public double[] Curve(double[][] m, IEnumerable<int> examples) { var ex = examples.ToArray(); var w = ex.Sum(x => clean[x]); return [.. m.Select(row => ex.Sum(x => row[x]) / w)]; }

        public static List<double> AllCrossings(List<int> grid, double[] curve)
        {
            var c = new List<double>();
            for (var s = 0; s < curve.Length; s++)
                if (curve[s] >= Threshold && (s == 0 || curve[s - 1] < Threshold))
                    c.Add(grid[s]);
            if (c.Count == 0) c.Add(double.PositiveInfinity);
            return c;
        }

        public static double FitCrossing(List<int> grid, double[] curve)
        {
            var fit = IsotonicFit.NonDecreasing(curve);
            for (var s = 0; s < fit.Length; s++) if (fit[s] >= Threshold) return s == 0 ? grid[0] : Math.Ceiling(grid[s - 1] + ((grid[s] - grid[s - 1]) * (Threshold - fit[s - 1]) / (fit[s] - fit[s - 1])));
            return double.PositiveInfinity;
        }

        public (int Budget, BitMask Mask, double Held) Choose(string rule)
        {
            if (chosen.TryGetValue(rule, out var c)) return c;
            var curve = Curve(metrics, Finding);
            int budget;
            if (rule == "bisection") budget = SizeSearch.Run(ranking, Evaluator, new() { Threshold = Threshold, MaxEdges = Graph.Edges }, Finding, Judging).Chosen.Budget;
            else if (rule == "first") budget = (int)Math.Min(Graph.Edges, AllCrossings(Grid, curve)[0]);
            else if (rule == "last") budget = (int)Math.Min(Graph.Edges, AllCrossings(Grid, curve)[^1]);
            else if (rule == "fit") budget = (int)Math.Min(Graph.Edges, FitCrossing(Grid, curve));
            else if (rule == "fitgrid") { var f = FitCrossing(Grid, curve); budget = Grid.FirstOrDefault(g => g >= f, Graph.Edges); }
            else { // smooth: three-point moving average on the grid, first crossing
                var sm = curve.Select((_, s) => Enumerable.Range(Math.Max(0, s - 1), Math.Min(curve.Length - 1, s + 1) - Math.Max(0, s - 1) + 1).Average(t => curve[t])).ToArray();
                budget = (int)Math.Min(Graph.Edges, AllCrossings(Grid, sm)[0]);
            }
            var circuit = ranking.Select(budget);
            var m = Evaluator.Evaluate([circuit])[0];
            return chosen[rule] = (budget, BitMask.FromIndices(Graph.Edges, circuit.EdgeIndices()), Judging.Sum(x => m[x]) / Judging.Sum(x => clean[x]));
        }

        public (double Low, double High) Interval(int k)
        {
            if (intervals.TryGetValue(k, out var i)) return i;
            List<double> lows = [], highs = [];
            var random = new Random(3);
            int[] fb = [.. Finding.Select(x => blocks[x]).Distinct()];
            for (var r = 0; r < 200; r++)
            {
                var which = random.Next(k + 1);
                var m = which == 0 || k == 0 ? metrics : replicates[which - 1];
                int[] from = which == 0 || k == 0 ? fb : [.. fb.Where(b => !double.IsNaN(m[0][Finding.First(x => blocks[x] == b)]))];
                var weights = new int[64];
                if (which == 0 || k == 0)
                    for (var d = 0; d < from.Length; d++) weights[from[random.Next(from.Length)]]++;
                else
                    foreach (var b in from) weights[b] = 1;
                var w = 0.0;
                foreach (var x in Finding) if (weights[blocks[x]] > 0) w += weights[blocks[x]] * clean[x];
                var curve = m.Select(row => { var sum = 0.0; foreach (var x in Finding) if (weights[blocks[x]] > 0) sum += weights[blocks[x]] * row[x]; return sum / w; }).ToArray();
                var all = AllCrossings(Grid, curve);
                lows.Add(all[0]); highs.Add(all[^1]);
            }
            lows.Sort(); highs.Sort();
            return intervals[k] = (lows[4], highs[195]);
        }

        public void Dispose() => Evaluator.Dispose();
    }
}
