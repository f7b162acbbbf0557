using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// Scores every edge of a model's graph on a task: Σ over positions of (ablated − clean output of the source) · (gradient of the loss at the
/// slot, averaged along the integration path), summed over each block's examples. The lean form of docs/engine.md: gradients are summed in
/// head space over the integration points and contracted with the activation differences once a batch.
/// </summary>
public static class EdgeAttribution
{
    /// <param name="model">The model.</param>
    /// <param name="examples">The task's examples, in order.</param>
    /// <param name="metric">The task's metric.</param>
    /// <param name="options">Method, steps and blocks.</param>
    /// <param name="ablation">What a source's output is replaced by; patching with the corrupted prompt's where none is given.</param>
    /// <param name="memoryBudget">Bytes that a batch may take on the device beside the weights.</param>
    /// <param name="progress">Receives the share done, 0…1.</param>
    /// <param name="stages">Receives where the time goes; not of <see cref="AttributionMethod.Exact"/>, which has no stages.</param>
    /// <param name="cancellation">Checked between batches.</param>
    /// <exception cref="InvalidInputException">
    /// A prompt doesn't fit the model, a score isn't finite, or the metric has no slope where the method takes gradients.
    /// </exception>
    /// <exception cref="ArgumentException">The blocks asked for don't add up to the examples, or one is empty.</exception>
    public static BlockScores Run(
        Transformer model,
        IReadOnlyList<Example> examples,
        MetricKind metric,
        AttributionOptions options,
        Ablation? ablation = null,
        long? memoryBudget = null,
        IProgress<double>? progress = null,
        AttributionStages? stages = null,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        ablation ??= Ablation.Patching;
        var graph = new CircuitGraph(GraphShape.Of(model.Config));
        var sizes = options.BlockSizes ?? BlockScores.SizesOf(examples.Count, Math.Min(options.Blocks ?? BlockScores.DefaultBlocks(graph.Edges), examples.Count));
        if (sizes.Any(size => size < 1) || sizes.Sum(size => (long)size) != examples.Count)
        {
            throw new ArgumentException($"Blocks of {string.Join(", ", sizes)} don't hold {examples.Count} examples.", nameof(options));
        }

        var blockOfAll = BlockScores.BlocksOf(sizes);
        if (options.Method == AttributionMethod.Exact)
        {
            return ExactAttribution.Run(model, graph, examples, metric, sizes, ablation, memoryBudget, progress, cancellation);
        }

        var quadrature = Quadrature.For(options);
        if (metric == MetricKind.Divergence && quadrature.Points.All(p => p == 0))
        {
            throw new InvalidInputException(
                "metric", "a divergence from the clean run has no slope at the clean run, where this method takes its gradients; integrate (eap-ig), or use clean-corrupted or exact");
        }

        var plan = AttributionPlan.Create(model, graph, options.Method, metric, quadrature, memoryBudget);
        using var accumulator = new ScoreAccumulator(model.Device, graph, sizes.Length);
        var done = 0;
        foreach (var batch in plan.Batches(examples))
        {
            cancellation.ThrowIfCancellationRequested();
            var blockOf = blockOfAll[done..(done + batch.Count)];
            stages?.Begin();
            using var pass = new AttributionPass(model, graph, batch, metric, ablation, options, plan);
            stages?.EndForwards(model.Device);
            pass.RunPoints();
            stages?.EndGradients(model.Device);
            pass.Contract(accumulator, blockOf);
            stages?.EndContraction(model.Device);
            done += batch.Count;
            progress?.Report((double)done / examples.Count);
        }

        return new BlockScores(graph, accumulator.Download(() => Overflow.Reason(model, [.. examples.Select(e => new AnswerBatch([e], metric)).SelectMany(b => (TokenBatch[])[b.Clean, b.Corrupted])])), sizes);
    }
}
