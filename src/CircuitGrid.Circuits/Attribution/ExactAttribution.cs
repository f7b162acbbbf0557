using System.Collections.Immutable;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>Exact edge effects: the loss with only that edge ablated, minus the clean loss. The truth that gradients approximate.</summary>
internal static class ExactAttribution
{
    private const int EdgesPerCall = 64;

    public static BlockScores Run(
        Transformer model,
        CircuitGraph graph,
        IReadOnlyList<Example> examples,
        MetricKind metric,
        ImmutableArray<int> blockSizes,
        Ablation ablation,
        long? memoryBudget,
        IProgress<double>? progress,
        CancellationToken cancellation)
    {
        using var evaluator = new CircuitEvaluator(model, examples, metric, ablation, memoryBudget);
        var sums = blockSizes.Select(_ => new double[graph.Edges]).ToArray();
        var blockOf = BlockScores.BlocksOf(blockSizes);
        var sign = metric.IsLoss() ? -1 : 1;
        for (var first = 0; first < graph.Edges; first += EdgesPerCall)
        {
            var edges = Enumerable.Range(first, Math.Min(EdgesPerCall, graph.Edges - first)).ToList();
            var circuits = edges.ConvertAll(edge => Circuit.Prune(graph, Enumerable.Range(0, graph.Edges).Where(e => e != edge)));
            var metrics = evaluator.Evaluate(circuits, cancellation);
            for (var i = 0; i < edges.Count; i++)
            {
                for (var e = 0; e < examples.Count; e++)
                {
                    sums[blockOf[e]][edges[i]] += sign * (evaluator.CleanMetrics[e] - metrics[i][e]);
                }
            }

            progress?.Report((double)(first + edges.Count) / graph.Edges);
        }

        return new BlockScores(graph, sums, blockSizes);
    }
}
