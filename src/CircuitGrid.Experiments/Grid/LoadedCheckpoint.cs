using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Experiments.Grid;

/// <summary>A transformer on a device of its own, and the analysis of a cell from metric to circuit.</summary>
internal sealed class LoadedCheckpoint(CheckpointFiles files, ImmutableSortedSet<string> ignored, IDevice device, Transformer model, long? workingMemory) : ILoadedCheckpoint
{
    private readonly CircuitGraph graph = new(GraphShape.Of(model.Config));

    public CellResult Analyze(TaskDataset dataset, CellAnalysis analysis, int? expectedBudget, IProgress<double>? progress, CancellationToken cancellation) =>
        SmallerBatches.Run(device, workingMemory, budget => Analyze(dataset, analysis, expectedBudget, budget, progress, cancellation));

    private CellResult Analyze(
        TaskDataset dataset, CellAnalysis analysis, int? expectedBudget, long? budget, IProgress<double>? progress, CancellationToken cancellation)
    {
        var examples = dataset.Examples;
        var ablation = AblationOf(analysis.Ablation, dataset);
        using var evaluator = new CircuitEvaluator(model, examples, dataset.Metric, ablation, budget);
        cancellation.ThrowIfCancellationRequested();
        var scores = EdgeAttribution.Run(
            model,
            examples,
            dataset.Metric,
            new AttributionOptions
            {
                Method = analysis.Method,
                Steps = analysis.Steps,
                Points = analysis.Points,
                Blocks = analysis.Blocks,
                BlockSizes = BlockSizesOf(dataset, analysis),
            },
            ablation,
            budget - evaluator.KeptBytes,
            progress,
            cancellation: cancellation);

        var (finding, judging) = ExampleSplit.Of(scores.Counts, analysis.Split);
        var ranked = scores.Mean(finding.Blocks);
        var result = new CellResult
        {
            Graph = graph.Shape,
            Status = CellStatus.NoTask,
            MetricWithoutZero = dataset.Metric.HasZero() ? null : dataset.Metric,
            Metrics = [.. evaluator.CleanMetrics],
            AblatedMetrics = [.. evaluator.AblatedMetrics],
            BlockCounts = scores.Counts,
            BlockScores = MeansOf(scores),
            Scores = [.. ranked],
            Found = BaselineOf(evaluator, finding.Examples),
            Judged = BaselineOf(evaluator, judging.Examples),
            Sizes = [],
            Budget = 0,
            Edges = BitMask.Empty(graph.Edges),
            Nodes = BitMask.Empty(graph.Nodes),
        };
        if (!result.DoesTask(result.EffectOf(dataset: null), dataset.Metric, analysis.Threshold))
        {
            return result;
        }

        result = Search(result, evaluator, analysis, finding.Examples, judging.Examples, expectedBudget, cancellation);
        return analysis.Search == SearchRule.Bisection
            ? result
            : EvaluateHalves(result, scores, dataset, analysis, ablation, finding, budget - evaluator.KeptBytes, cancellation);
    }

    public ImmutableArray<(Faithfulness Found, Faithfulness Judged)> Evaluate(
        TaskDataset dataset, CellAnalysis analysis, IReadOnlyList<BitMask> circuits, CancellationToken cancellation) =>
        SmallerBatches.Run(device, workingMemory, budget => Evaluate(dataset, analysis, circuits, budget, cancellation));

    private ImmutableArray<(Faithfulness Found, Faithfulness Judged)> Evaluate(
        TaskDataset dataset, CellAnalysis analysis, IReadOnlyList<BitMask> circuits, long? budget, CancellationToken cancellation)
    {
        var examples = dataset.Examples;
        using var evaluator = new CircuitEvaluator(model, examples, dataset.Metric, AblationOf(analysis.Ablation, dataset), budget);
        var metrics = evaluator.Evaluate([.. circuits.Select(c => Circuit.Prune(graph, c.Indices()))], cancellation);
        var (finding, judging) = ExampleSplit.Of(BlockSizesOf(dataset, analysis) ?? BlockScores.SizesOf(examples.Length, analysis.Blocks), analysis.Split);
        return [.. metrics.Select(m => (On(m, finding), On(m, judging)))];

        Faithfulness On(double[] circuit, ExampleSplit split) => Faithfulness.Of(circuit, evaluator.CleanMetrics, evaluator.AblatedMetrics, split.Examples, !dataset.Metric.HasZero());
    }

    /// <summary>Loads the weights a second time, processed: head scores read what a head's own matrices say.</summary>
    public HeadScores MeasureHeads(HeadScoreInputs inputs, BitMask? circuit, CancellationToken cancellation)
    {
        using var checkpoint = Checkpoint.Open(files.Folder, new(ignored), files.Kind);
        var pruned = circuit is null ? null : Circuit.Prune(graph, circuit.Indices());
        using var processed = Transformer.LoadProcessed(device, checkpoint);
        return SmallerBatches.Run(device, workingMemory, budget => HeadScores.Measure(processed, checkpoint, inputs, pruned, budget, cancellation));
    }

    public void Dispose()
    {
        model.Dispose();
        device.Dispose();
    }

    private CellResult Search(
        CellResult result,
        CircuitEvaluator evaluator,
        CellAnalysis analysis,
        ImmutableArray<int> finding,
        ImmutableArray<int> judging,
        int? expectedBudget,
        CancellationToken cancellation)
    {
        var ranking = EdgeRanking.Create(graph, result.Scores.AsSpan(), analysis.Selection, analysis.Absolute);
        if (!ranking.TellsApart)
        {
            throw new InvalidInputException("edge scores", string.Create(CultureInfo.InvariantCulture, $"all {graph.Edges} edges have the same, {result.Scores[0]:R}, so there is nothing to rank them by"));
        }

        var search = SizeSearch.Run(
            ranking,
            evaluator,
            new SizeSearchOptions { Rule = analysis.Search, Threshold = analysis.Threshold, MaxEdges = analysis.MaxEdges },
            finding,
            judging,
            expectedBudget,
            cancellation);
        var circuit = search.Chosen.Circuit;
        return result with
        {
            Status = search.Reached ? CellStatus.Reached : CellStatus.NotReached,
            Sizes =
            [
                .. search.Sizes.Select(s => new SizePoint(s.Budget, s.Circuit.EdgeCount, s.Circuit.NodeCount, s.Found.Circuit, (s.Judged ?? s.Found).Circuit)),
            ],
            SizeMetrics = [.. search.Sizes.SelectMany(s => BlockMeans(s.Metrics, result.BlockCounts))],
            Budget = search.Chosen.Budget,
            Edges = BitMask.FromIndices(graph.Edges, circuit.EdgeIndices()),
            Nodes = BitMask.FromIndices(graph.Nodes, circuit.NodeIndices()),
        };
    }

    /// <summary>
    /// Evaluates the same sizes of the circuits that either half of the finding sampling units ranks, each on its own half: how much of a size is the ranking's doing.
    /// </summary>
    private CellResult EvaluateHalves(
        CellResult result,
        BlockScores scores,
        TaskDataset dataset,
        CellAnalysis analysis,
        Ablation ablation,
        ExampleSplit finding,
        long? budget,
        CancellationToken cancellation)
    {
        var units = SamplingUnits.Of(dataset, result.BlockCounts, analysis.Sampling).Groups(finding.Blocks);
        if (units.Length < 2)
        {
            return result;
        }

        var blockOf = BlockScores.BlocksOf(result.BlockCounts);
        var halves = Enumerable.Repeat(-1, result.BlockCounts.Length).ToArray();
        var metrics = new double[result.Sizes.Length * halves.Length];
        for (var half = 0; half < 2; half++)
        {
            int[] blocks = [.. units.Where((_, u) => u % 2 == half).SelectMany(u => u)];
            Array.ForEach(blocks, block => halves[block] = half);
            int[] members = [.. Enumerable.Range(0, blockOf.Length).Where(e => halves[blockOf[e]] == half)];
            var ranking = EdgeRanking.Create(graph, scores.Mean(blocks), analysis.Selection, analysis.Absolute, result.Sizes[^1].Budget);
            using var evaluator = new CircuitEvaluator(model, [.. members.Select(e => dataset.Examples[e])], dataset.Metric, ablation, budget);
            foreach (var (size, values) in evaluator.Evaluate([.. result.Sizes.Select(s => ranking.Select(s.Budget))], cancellation).Index())
            {
                foreach (var (e, value) in values.Index())
                {
                    var block = blockOf[members[e]];
                    metrics[(size * halves.Length) + block] += value / result.BlockCounts[block];
                }
            }
        }

        return result with { Halves = [.. halves], HalfMetrics = [.. metrics] };
    }

    /// <summary>The sizes of blocks where they are those of templates.</summary>
    private static ImmutableArray<int>? BlockSizesOf(TaskDataset dataset, CellAnalysis analysis) =>
        analysis.Sampling == SamplingRule.Templates ? TemplateBlocks.Cut(dataset.Templates, analysis.Blocks).Sizes : null;

    /// <summary>Means are taken over the corrupted prompts: the same kind of text, without the task's answer in it.</summary>
    private Ablation AblationOf(AblationKind kind, TaskDataset dataset) => kind switch
    {
        AblationKind.Patching => Ablation.Patching,
        AblationKind.Zero => Ablation.Zero,
        AblationKind.Mean => Ablation.Mean(model, dataset.CorruptedPrompts),
        _ => Ablation.PositionalMean(model, dataset.CorruptedPrompts),
    };

    private static ImmutableArray<float> MeansOf(BlockScores scores)
    {
        var means = ImmutableArray.CreateBuilder<float>(scores.Blocks * scores.Graph.Edges);
        for (var b = 0; b < scores.Blocks; b++)
        {
            means.AddRange(scores.Mean([b]));
        }

        return means.MoveToImmutable();
    }

    private static IEnumerable<double> BlockMeans(ImmutableArray<double> metrics, ImmutableArray<int> blockCounts)
    {
        var first = 0;
        foreach (var count in blockCounts)
        {
            yield return metrics.AsSpan().Slice(first, count).ToArray().Average();
            first += count;
        }
    }

    private static Baseline BaselineOf(CircuitEvaluator evaluator, ImmutableArray<int> examples)
    {
        var baseline = Faithfulness.Of(evaluator.CleanMetrics, evaluator.CleanMetrics, evaluator.AblatedMetrics, examples);
        return new(baseline.Model, baseline.Ablated);
    }
}
