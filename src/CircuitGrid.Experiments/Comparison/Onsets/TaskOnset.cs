using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Comparison.Onsets;

/// <summary>When a model learns a task.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Model">The model.</param>
/// <param name="Task">The task.</param>
/// <param name="Threshold">What its metric's lower bound has to exceed: the smallest effect of interest.</param>
/// <param name="Onset">The onset of its metric.</param>
public sealed record TaskOnset(string Suite, string Model, string Task, double Threshold, TrainingOnset Onset)
{
    /// <summary>Whether its beginning lies in the training that the model's goes on from: it was learned before the model's first checkpoint.</summary>
    public bool IsInherited { get; init; }

    /// <summary>How the tokens of its moments are known; they are steps where nobody knows them.</summary>
    public TokensKnown TokensKnown { get; init; }

    /// <summary>
    /// Whether a model does a task at a checkpoint: with it as <see cref="CellResult.HasTask"/> has it. It is without it where the 95 % interval of its metric lies
    /// below the smallest effect of interest, for a metric without a zero that of what the model does better than the ablated run, or that of m(∅) − threshold·m(M) over examples above 0, so that the empty circuit keeps the threshold.
    /// </summary>
    /// <param name="result">The checkpoint's result.</param>
    /// <param name="metric">What the task measures.</param>
    /// <param name="threshold">Share of m(M) that a circuit has to keep.</param>
    /// <param name="dataset">The examples, of which those with the same prompt are one; every one counts by itself where they aren't at hand.</param>
    public static Presence PresenceOf(CellResult result, MetricKind metric, double threshold, TaskDataset? dataset = null)
    {
        var known = result.EffectOf(dataset);
        if (result.DoesTask(known, metric, threshold))
        {
            return Presence.With;
        }

        double[] beyond = result.MetricWithoutZero is null
            ? [.. result.AblatedMetrics.Zip(result.Metrics, (ablated, model) => ablated - (threshold * model))]
            : [.. result.Effects.Select(effect => -threshold * effect)];
        var interval = dataset is null ? MeanInterval.Of(beyond) : MeanInterval.Of(beyond, SamplingUnits.OfExamples(dataset.Examples).AsSpan());
        return known.High < CellResult.SmallestEffect(metric) || interval.Low > 0 ? Presence.Without : Presence.Undetermined;
    }
}
