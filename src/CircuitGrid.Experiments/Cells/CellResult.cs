using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;

namespace CircuitGrid.Experiments.Cells;

/// <summary>How an analysis ended.</summary>
public enum CellStatus
{
    /// <summary>A circuit keeps the threshold.</summary>
    Reached,

    /// <summary>None that was tried does; the largest tried is kept.</summary>
    NotReached,

    /// <summary>
    /// The model doesn't do the task yet: the 95 % interval of its metric isn't above the smallest effect of interest, or the fully ablated model keeps the
    /// threshold already, so that what the metric measures doesn't come from the clean prompt. There is no circuit, because a share of
    /// nothing (or of doing the opposite) says nothing.
    /// </summary>
    NoTask,
}

/// <summary>Mean metrics of a set of examples with everything in place and with everything ablated.</summary>
/// <param name="Model">m(M).</param>
/// <param name="Ablated">m(∅).</param>
public readonly record struct Baseline(double Model, double Ablated);

/// <summary>One size that a search evaluated.</summary>
/// <param name="Budget">Edges taken before pruning.</param>
/// <param name="Edges">Edges after pruning.</param>
/// <param name="Nodes">Nodes after pruning, input and logits included.</param>
/// <param name="FoundMetric">The circuit's mean metric on the examples that found it.</param>
/// <param name="JudgedMetric">Its mean metric on the examples that judge it; the same ones where nothing is split.</param>
public sealed record SizePoint(int Budget, int Edges, int Nodes, double FoundMetric, double JudgedMetric);

/// <summary>
/// What is known about a cell: immutable, and the same to the last bit wherever it is computed. How long that took and where is
/// <see cref="Provenance"/>, kept beside it. E: edges of the graph in canonical order; N: examples; B: blocks.
/// </summary>
public sealed record CellResult
{
    /// <summary>The graph circuits are of.</summary>
    public required GraphShape Graph { get; init; }

    public required CellStatus Status { get; init; }

    /// <summary>
    /// What was measured, where its 0 doesn't say that nothing is done of a task, so that faithfulness and effects are taken from the ablated run;
    /// <see langword="null"/> for the others.
    /// </summary>
    public MetricKind? MetricWithoutZero { get; init; }

    /// <summary>Metric of every example on the model, [N].</summary>
    public required ImmutableArray<double> Metrics { get; init; }

    /// <summary>Metric of every example with everything ablated (under patching the corrupted prompt, scored with the clean answers), [N].</summary>
    public required ImmutableArray<double> AblatedMetrics { get; init; }

    /// <summary>Number of examples of every block, [B].</summary>
    public required ImmutableArray<int> BlockCounts { get; init; }

    /// <summary>Mean edge scores of every block's examples, [B, E] row by row.</summary>
    public required ImmutableArray<float> BlockScores { get; init; }

    /// <summary>The mean edge scores over the examples that find the circuit, which it was selected by, [E].</summary>
    public required ImmutableArray<float> Scores { get; init; }

    /// <summary>Baselines of the examples that find the circuit.</summary>
    public required Baseline Found { get; init; }

    /// <summary>Baselines of the examples that judge it; the same ones where nothing is split.</summary>
    public required Baseline Judged { get; init; }

    /// <summary>Every size evaluated, by budget; empty for <see cref="CellStatus.NoTask"/>.</summary>
    public required ImmutableArray<SizePoint> Sizes { get; init; }

    /// <summary>Mean metric of every block's examples on the circuit of every size, [sizes, B] row by row; empty in results of format 1.</summary>
    public ImmutableArray<double> SizeMetrics { get; init; } = [];

    /// <summary>
    /// Which half of the sampling units that find the circuit a block is in, 0 or 1, and −1 for blocks that don't find it, [B]; empty where only one ranking was evaluated.
    /// </summary>
    public ImmutableArray<int> Halves { get; init; } = [];

    /// <summary>
    /// Mean metric of every block's examples on the circuit of every size that the block's own half ranks, [sizes, B] row by row, 0 for blocks that don't find the
    /// circuit; empty with <see cref="Halves"/>.
    /// </summary>
    public ImmutableArray<double> HalfMetrics { get; init; } = [];

    /// <summary>Budget of the circuit among <see cref="Sizes"/>; 0 for <see cref="CellStatus.NoTask"/>.</summary>
    public required int Budget { get; init; }

    /// <summary>The circuit's edges; empty for <see cref="CellStatus.NoTask"/>.</summary>
    public required BitMask Edges { get; init; }

    /// <summary>The circuit's nodes, input and logits included; empty for <see cref="CellStatus.NoTask"/>.</summary>
    public required BitMask Nodes { get; init; }

    /// <summary>Mean metric of the model over all examples, with its 95 % interval.</summary>
    public MeanInterval Metric => MeanInterval.Of(Metrics.AsSpan());

    /// <summary>The same where examples that share a prompt are one; what <see cref="Status"/> goes by is <see cref="Metric"/>.</summary>
    /// <param name="dataset">The examples; every one counts by itself where they aren't at hand.</param>
    public MeanInterval MetricOf(TaskDataset? dataset) =>
        dataset is null ? Metric : MeanInterval.Of(Metrics.AsSpan(), SamplingUnits.OfExamples(dataset.Examples).AsSpan());

    /// <summary>Mean over all examples of <see cref="AblatedMetrics"/>.</summary>
    public double AblatedMetric => MeanInterval.Of(AblatedMetrics.AsSpan()).Mean;

    /// <summary>
    /// What says of every example whether the model does the task, [N]: its metric, or where that has no zero how much better it is than with everything ablated.
    /// </summary>
    public ImmutableArray<double> Effects => MetricWithoutZero is { } kind
        ? [.. Metrics.Zip(AblatedMetrics, (model, ablated) => kind.IsLoss() ? ablated - model : model - ablated)]
        : Metrics;

    /// <summary>Mean of <see cref="Effects"/> with its 95 % interval, examples that share a prompt as one.</summary>
    /// <param name="dataset">The examples; every one counts by itself where they aren't at hand.</param>
    public MeanInterval EffectOf(TaskDataset? dataset) =>
        dataset is null ? MeanInterval.Of(Effects.AsSpan()) : MeanInterval.Of(Effects.AsSpan(), SamplingUnits.OfExamples(dataset.Examples).AsSpan());

    /// <summary>Share of the examples with a positive effect.</summary>
    public double Accuracy => (double)Effects.Count(m => m > 0) / Metrics.Length;

    /// <summary>The size of the circuit; <see langword="null"/> for <see cref="CellStatus.NoTask"/>.</summary>
    public SizePoint? Chosen => Sizes.FirstOrDefault(s => s.Budget == Budget);

    /// <summary>
    /// What a mean effect has to exceed before it counts as doing a task: 0.1 logits or nats, or 0.01 of probability or nats of divergence, which grows with the
    /// square of what logits do. An untrained model prefers some words to others, consistently and by next to nothing.
    /// </summary>
    public static double SmallestEffect(MetricKind metric) => metric is MetricKind.ProbabilityDifference or MetricKind.Divergence ? 0.01 : 0.1;

    /// <summary>Whether the model does the task, so that there is something to search for.</summary>
    /// <param name="metric">Mean effect of the model over all examples.</param>
    /// <param name="kind">What it measures.</param>
    /// <param name="found">Mean effects of the examples that find the circuit.</param>
    /// <param name="threshold">Share of m(M) that a circuit has to keep.</param>
    /// <returns>Whether the 95 % interval lies above <see cref="SmallestEffect"/> and the empty circuit falls short of the threshold.</returns>
    public static bool HasTask(MeanInterval metric, MetricKind kind, Baseline found, double threshold) =>
        metric.Low > SmallestEffect(kind) && found.Ablated < threshold * found.Model;

    /// <summary>Whether the model does the task, by an interval of its mean effect.</summary>
    public bool DoesTask(MeanInterval effect, MetricKind kind, double threshold) => HasTask(effect, kind, EffectsOf(Found), threshold);

    /// <summary>Faithfulness of a size on the examples that find.</summary>
    public Faithfulness FoundFaithfulness(SizePoint size) => new(size.FoundMetric, Found.Model, Found.Ablated) { IsRelative = MetricWithoutZero is not null };

    /// <summary>Faithfulness of a size on the examples that judge.</summary>
    public Faithfulness JudgedFaithfulness(SizePoint size) => new(size.JudgedMetric, Judged.Model, Judged.Ablated) { IsRelative = MetricWithoutZero is not null };

    /// <summary>Mean effects from mean metrics: where the metric has no zero, with everything ablated there is no effect.</summary>
    private Baseline EffectsOf(Baseline metrics) => MetricWithoutZero is { } kind
        ? new(kind.IsLoss() ? metrics.Ablated - metrics.Model : metrics.Model - metrics.Ablated, 0)
        : metrics;
}
