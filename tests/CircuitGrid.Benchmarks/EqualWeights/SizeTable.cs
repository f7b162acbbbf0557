using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Benchmarks.Documents;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Benchmarks.EqualWeights;

/// <summary>
/// Which crossing of the threshold is the circuit: how far circuits of the same weights, found by other prompts, agree when the size is taken so or so, and how well they
/// hold on examples they were not found by. And how often a draw's interval holds the sizes that other draws come to.
/// </summary>
internal static class SizeTable
{
    public const string Command = "sizes suites/nano";

    private static readonly string[] Rules = ["bisection", "smallest on the grid", "isotonic fit to the grid"];

    public static ImmutableArray<string> Columns { get; } =
        ["size", "Jaccard of two draws", "mean ratio of their sizes", "held-out faithfulness, mean", "of 0.8 or more", "geometric mean of sizes"];

    public static ImmutableArray<string> Labels { get; } = [.. Rules];

    public static int Run(string folder)
    {
        var found = Rules.ToDictionary(r => r, _ => new Found(), StringComparer.Ordinal);
        List<bool> held = [], determined = [];
        List<double> widths = [];
        var bisection = new AnalysisSpec { Search = SearchRule.Bisection };
        using var bisected = CellDraws.Of(folder, bisection).GetEnumerator();
        var same = new Dictionary<(string, string), ImmutableArray<CellEvidence>>();
        while (bisected.MoveNext())
        {
            same[(bisected.Current.Name, bisected.Current.Task)] = bisected.Current.Draws;
        }

        foreach (var (name, task, model, draws, _) in CellDraws.Of(folder, new()))
        {
            if (!same.TryGetValue((name, task), out var others))
            {
                continue;
            }

            found[Rules[0]].Add([.. others.Select(Chosen)]);
            found[Rules[1]].Add([.. draws.Select(Chosen)]);
            found[Rules[2]].Add([.. draws.Select(d => Fitted(d, model))]);
            foreach (var (i, d) in draws.Index())
            {
                var interval = d.SizeCurve!.SmallestBudgetInterval;
                widths.Add(Math.Log(Math.Min(interval.High, d.Graph.Edges) / interval.Low));
                determined.Add(d.SizeCurve.IsDetermined);
                held.AddRange(draws.Where((_, j) => j != i).Select(other => interval.Contains(other.SizeCurve!.SmallestBudget)));
            }

            Console.Error.WriteLine($"{name} {task}: {string.Join(' ', draws.Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Result.Budget} [{d.SizeCurve!.SmallestBudgetInterval.Low:F0}, {d.SizeCurve.SmallestBudgetInterval.High:F0}]")))}");
        }

        new MarkdownTable(Columns, [.. Rules.Select(r => found[r].Row(r))]).Write(Console.Out);
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Of {held.Count} pairs of draws, the interval of the one holds the size of the other in {100 * held.Average(h => h ? 1 : 0.0):F1} %."));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The upper end is {Math.Exp(widths.Average()):F2} times the lower one (geometric mean over {widths.Count} circuits); {determined.Count(d => d)} sizes are determined within a factor of {SizeCurve.Resolution}."));
        return 0;
    }

    private static (int Budget, BitMask Edges, double Judged) Chosen(CellEvidence cell) => (cell.Result.Budget, cell.Result.Edges, cell.Result.JudgedFaithfulness(cell.Result.Chosen!).Value);

    private static (int Budget, BitMask Edges, double Judged) Fitted(CellEvidence cell, Experiments.Grid.ILoadedCheckpoint model)
    {
        var fit = cell.SizeCurve!.Fit;
        var s = Enumerable.Range(0, fit.Length).First(i => fit[i] >= cell.Analysis.Threshold || i == fit.Length - 1);
        var budgets = cell.SizeCurve.Budgets;
        var budget = s == 0 ? budgets[0] : (int)Math.Ceiling(budgets[s - 1] + ((budgets[s] - budgets[s - 1]) * Math.Min(1, (cell.Analysis.Threshold - fit[s - 1]) / (fit[s] - fit[s - 1]))));
        var edges = Circuits.Selection.EdgeRanking.Create(cell.Graph, cell.Result.Scores.AsSpan(), cell.Analysis.Selection, cell.Analysis.Absolute).Select(budget);
        var mask = BitMask.FromIndices(cell.Graph.Edges, edges.EdgeIndices());
        return (budget, mask, model.Evaluate(cell.Dataset!, cell.Analysis, [mask], CancellationToken.None)[0].Judged.Value);
    }

    private sealed class Found
    {
        private readonly List<double> similarities = [];
        private readonly List<double> ratios = [];
        private readonly List<double> judged = [];
        private readonly List<double> sizes = [];

        public void Add(ImmutableArray<(int Budget, BitMask Edges, double Judged)> draws)
        {
            foreach (var (i, a) in draws.Index())
            {
                sizes.Add(Math.Log(a.Budget));
                judged.Add(a.Judged);
                foreach (var b in draws.Skip(i + 1))
                {
                    similarities.Add(a.Edges.OverlapWith(b.Edges).Jaccard);
                    ratios.Add(Math.Abs(Math.Log((double)a.Budget / b.Budget)));
                }
            }
        }

        public ImmutableArray<string> Row(string label) =>
        [
            label,
            Number(similarities.Average(), "F3"),
            Number(Math.Exp(ratios.Average()), "F2"),
            Number(judged.Average(), "F3"),
            Number(100 * judged.Average(j => j >= 0.8 ? 1 : 0.0), "F0") + " %",
            Number(Math.Exp(sizes.Average()), "F1"),
        ];

        private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
    }
}
