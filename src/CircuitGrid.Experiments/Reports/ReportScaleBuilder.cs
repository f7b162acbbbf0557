using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Puts what a model's size has to do with its circuits into a report.</summary>
internal static class ReportScaleBuilder
{
    /// <summary>Every task's circuits over model size, in the experiment's order.</summary>
    public static ImmutableArray<ReportScale> Scale(
        GridPlan plan,
        IReadOnlyDictionary<(string Model, string Task), Trajectory> trajectories,
        IReadOnlyDictionary<string, ScaleComparison> scales,
        BootstrapOptions options) =>
        [.. plan.Experiment.Tasks.Where(t => scales.ContainsKey(t.Name)).Select(t => Scale(t.Name, trajectories, scales[t.Name], options))];

    /// <summary>From the smallest model to the largest; <see langword="null"/> where no task has circuits of both, or they are one.</summary>
    public static ReportGrowth? Growth(IReadOnlyList<ReportScale> scales)
    {
        var models = scales.SelectMany(s => s.Points).DistinctBy(p => p.Model, StringComparer.Ordinal).OrderBy(p => p.Parameters).ToArray();
        if (models.Length < 2 || models[0].Parameters == models[^1].Parameters)
        {
            return null;
        }

        var (smallest, largest) = (models[0].Model, models[^1].Model);
        var both = scales.Select(s => (Small: PointOf(s, smallest), Large: PointOf(s, largest))).Where(p => p is { Small.MeanNodes: > 0, Large.MeanNodes: > 0 }).ToArray();
        if (both.Length == 0)
        {
            return null;
        }

        var ratio = MeanInterval.Of([.. both.Select(p => Math.Log(p.Large!.MeanNodes!.Value / p.Small!.MeanNodes!.Value))]);
        double[] differences = [.. both.Where(p => p is { Small.MeanJaccard: not null, Large.MeanJaccard: not null }).Select(p => p.Large!.MeanJaccard!.Value - p.Small!.MeanJaccard!.Value)];
        MeanInterval? difference = differences.Length == 0 ? null : MeanInterval.Of(differences);
        return new(
            smallest,
            largest,
            both.Length,
            Math.Exp(ratio.Mean),
            Of(new Interval(Math.Exp(ratio.Low), Math.Exp(ratio.High))),
            difference?.Mean,
            difference is { } d ? Of(new Interval(d.Low, d.High)) : null);

        static ReportScalePoint? PointOf(ReportScale scale, string model) => scale.Points.FirstOrDefault(p => string.Equals(p.Model, model, StringComparison.Ordinal));
    }

    private static ReportScale Scale(string task, IReadOnlyDictionary<(string Model, string Task), Trajectory> trajectories, ScaleComparison scale, BootstrapOptions options)
    {
        ImmutableArray<ReportScalePoint> points =
        [
            .. scale.Points.Select(p => new ReportScalePoint(p.Model.Name, p.Model.Parameters, p.Model.Heads, Finite(p.MeanEdges), Finite(p.MeanNodes), p.Checkpoints)
            {
                MeanJaccard = trajectories[(p.Model.Name, task)].Pairs is { Count: > 0 } pairs ? pairs.Average(pair => pair.Edges) : null,
            }),
        ];
        var (parameters, ranks, heads, headRanks) = scale.Intervals(options);
        var steady = points.Where(p => p.MeanJaccard is not null).ToArray();
        var stability = CorrelationInterval.Spearman([.. steady.Select(p => (double)p.Parameters)], [.. steady.Select(p => p.MeanJaccard!.Value)], options);
        return new(task, points, Finite(parameters.Value), Finite(ranks.Value), Finite(heads.Value))
        {
            PearsonParametersInterval = Of(parameters),
            SpearmanParametersInterval = Of(ranks),
            PearsonHeadsInterval = Of(heads),
            SpearmanHeads = Finite(headRanks.Value),
            SpearmanHeadsInterval = Of(headRanks),
            SpearmanStability = Finite(stability.Value),
            SpearmanStabilityInterval = Of(stability),
        };
    }

    private static ReportInterval? Of(CorrelationInterval correlation) => double.IsFinite(correlation.Value) ? Of(correlation.Interval) : null;

    private static ReportInterval? Of(Interval interval) => double.IsFinite(interval.Low) && double.IsFinite(interval.High) ? new(interval.Low, interval.High) : null;

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
