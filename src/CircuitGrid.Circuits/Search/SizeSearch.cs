using System.Collections.Immutable;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Search;

/// <summary>One size that a search evaluated.</summary>
/// <param name="Budget">Edges taken before pruning.</param>
/// <param name="Circuit">The pruned circuit.</param>
/// <param name="Metrics">Its metric on every example.</param>
/// <param name="Found">Its faithfulness on the examples the search goes by.</param>
/// <param name="Judged">Its faithfulness on the held-out examples; <see langword="null"/> where none are held out.</param>
public sealed record EvaluatedSize(int Budget, Circuit Circuit, ImmutableArray<double> Metrics, Faithfulness Found, Faithfulness? Judged);

/// <summary>What a search found.</summary>
/// <param name="Sizes">Every size it evaluated, by budget.</param>
/// <param name="Chosen">The size it goes by; where none passes, the largest evaluated.</param>
/// <param name="Reached">Whether <paramref name="Chosen"/> passes.</param>
public sealed record SizeSearchResult(ImmutableArray<EvaluatedSize> Sizes, EvaluatedSize Chosen, bool Reached);

/// <summary>
/// Searches the budgets in [1, max] for a small circuit that keeps the threshold (docs/method.md, search). Faithfulness isn't monotone in the
/// budget. The grid says where it crosses the threshold and takes the first of these sizes; the bisection finds one of them.
/// </summary>
public static class SizeSearch
{
    /// <param name="ranking">The order edges are taken in.</param>
    /// <param name="evaluator">Evaluates circuits on the examples.</param>
    /// <param name="options">Rule, threshold and largest budget.</param>
    /// <param name="found">Examples the search goes by.</param>
    /// <param name="judged">Held-out examples; may be empty.</param>
    /// <param name="predictedBudget">
    /// Where a bisection's answer is expected, e.g. the previous checkpoint's: it decides which sizes share a forward pass, and the result and the recorded sizes are
    /// those of the plain bisection.
    /// </param>
    /// <param name="cancellation">Checked between batches.</param>
    public static SizeSearchResult Run(
        EdgeRanking ranking,
        CircuitEvaluator evaluator,
        SizeSearchOptions options,
        IReadOnlyList<int> found,
        IReadOnlyList<int> judged,
        int? predictedBudget = null,
        CancellationToken cancellation = default)
    {
        var max = Math.Clamp(options.MaxEdges ?? SizeSearchOptions.DefaultMaxEdges(ranking.Graph.Edges), 1, ranking.Count);
        if (options.Rule == SearchRule.Grid)
        {
            var sizes = Evaluate(SizeGrid.UpTo(max));
            var passing = sizes.FirstOrDefault(s => s.Found.Value >= options.Threshold);
            return new SizeSearchResult([.. sizes], passing ?? sizes[^1], passing is not null);
        }

        var evaluated = new Dictionary<int, EvaluatedSize>();
        var visited = new SortedDictionary<int, EvaluatedSize>();
        var (low, high) = (1, max);
        while (true)
        {
            var budget = low < high ? low + ((high - low) / 2) : low;
            if (!evaluated.ContainsKey(budget))
            {
                foreach (var one in Evaluate(PredictedPath(low, high, evaluated.Count == 0 ? predictedBudget : null)))
                {
                    evaluated[one.Budget] = one;
                }
            }

            var size = visited[budget] = evaluated[budget];
            var passes = size.Found.Value >= options.Threshold;
            if (low == high)
            {
                return new SizeSearchResult([.. visited.Values], size, passes);
            }

            (low, high) = passes ? (low, budget) : (budget + 1, high);
        }

        List<EvaluatedSize> Evaluate(IReadOnlyList<int> budgets)
        {
            // By size, because neighbours that run together share the most.
            budgets = [.. budgets.Order()];
            var circuits = budgets.Select(ranking.Select).ToList();
            var metrics = evaluator.Evaluate(circuits, cancellation);
            var isRelative = !evaluator.Metric.HasZero();
            return
            [
                .. budgets.Select((budget, i) => new EvaluatedSize(
                    budget,
                    circuits[i],
                    [.. metrics[i]],
                    Faithfulness.Of(metrics[i], evaluator.CleanMetrics, evaluator.AblatedMetrics, found, isRelative),
                    judged.Count == 0 ? null : Faithfulness.Of(metrics[i], evaluator.CleanMetrics, evaluator.AblatedMetrics, judged, isRelative))),
            ];
        }
    }

    /// <summary>The sizes a bisection of [low, high] visits if exactly those from the predicted budget on pass; only the next one without a prediction.</summary>
    private static List<int> PredictedPath(int low, int high, int? predicted)
    {
        var path = new List<int>();
        while (true)
        {
            var budget = low < high ? low + ((high - low) / 2) : low;
            path.Add(budget);
            if (predicted is null || low == high)
            {
                return path;
            }

            (low, high) = budget >= predicted ? (low, budget) : (budget + 1, high);
        }
    }
}
