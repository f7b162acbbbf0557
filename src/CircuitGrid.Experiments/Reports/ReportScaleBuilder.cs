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

    /// <summary>From the smallest size to the largest; <see langword="null"/> where no task has circuits of both, or they are one.</summary>
    public static ReportGrowth? Growth(IReadOnlyList<ReportScale> scales)
    {
        var sizes = scales.SelectMany(s => s.Sizes).GroupBy(s => s.Parameters).OrderBy(g => g.Key).ToArray();
        if (sizes.Length < 2)
        {
            return null;
        }

        var both = scales.Select(s => (Small: SizeOf(s, sizes[0].Key), Large: SizeOf(s, sizes[^1].Key))).Where(p => p is { Small.MeanNodes: > 0, Large.MeanNodes: > 0 }).ToArray();
        if (both.Length == 0)
        {
            return null;
        }

        var ratio = MeanInterval.Of([.. both.Select(p => Math.Log(p.Large!.MeanNodes!.Value / p.Small!.MeanNodes!.Value))]);
        double[] differences = [.. both.Where(p => p is { Small.MeanJaccard: not null, Large.MeanJaccard: not null }).Select(p => p.Large!.MeanJaccard!.Value - p.Small!.MeanJaccard!.Value)];
        MeanInterval? difference = differences.Length == 0 ? null : MeanInterval.Of(differences);
        return new(
            Names(sizes[0]),
            Names(sizes[^1]),
            both.Length,
            Math.Exp(ratio.Mean),
            both.Length < 2 ? null : new(Math.Exp(ratio.Low), Math.Exp(ratio.High)),
            difference?.Mean,
            difference is { } d ? Of(d) : null);

        static ReportScaleSize? SizeOf(ReportScale scale, long parameters) => scale.Sizes.FirstOrDefault(s => s.Parameters == parameters);

        static ImmutableArray<string> Names(IEnumerable<ReportScaleSize> sizes) => [.. sizes.SelectMany(s => s.Models).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>The sizes of models, ascending, models of one number of parameters averaged.</summary>
    public static ImmutableArray<ReportScaleSize> Sizes(ImmutableArray<ReportScalePoint> points) =>
    [
        .. points.GroupBy(p => p.Parameters).OrderBy(g => g.Key).Select(g =>
        {
            var (edges, nodes, jaccard) = (Mean(g.Select(p => p.MeanEdges)), Mean(g.Select(p => p.MeanNodes)), Mean(g.Select(p => p.MeanJaccard)));
            return new ReportScaleSize(g.Key, [.. g.Select(p => p.Model)], edges?.Mean, nodes?.Mean, Of(nodes))
            {
                MeanJaccard = jaccard?.Mean,
                MeanJaccardInterval = Of(jaccard),
            };
        }),
    ];

    private static ReportScale Scale(string task, IReadOnlyDictionary<(string Model, string Task), Trajectory> trajectories, ScaleComparison scale, BootstrapOptions options)
    {
        ImmutableArray<ReportScalePoint> points =
        [
            .. scale.Points.Select(p => new ReportScalePoint(p.Model.Name, p.Model.Parameters, p.Model.Heads, Finite(p.MeanEdges), Finite(p.MeanNodes), p.Checkpoints)
            {
                MeanJaccard = trajectories[(p.Model.Name, task)].Pairs is { Count: > 0 } pairs ? pairs.Average(pair => pair.Edges) : null,
            }),
        ];
        var sizes = Sizes(points);
        var (parameters, ranks, heads, headRanks) = scale.Intervals(options);
        var steady = sizes.Where(s => s.MeanJaccard is not null).ToArray();
        var stability = CorrelationInterval.Spearman([.. steady.Select(s => (double)s.Parameters)], [.. steady.Select(s => s.MeanJaccard!.Value)], options);
        return new(task, points)
        {
            Sizes = sizes,
            NoCorrelation = scale.NoCorrelation,
            PearsonParameters = Finite(parameters.Value),
            PearsonParametersInterval = Of(parameters),
            SpearmanParameters = Finite(ranks.Value),
            SpearmanParametersInterval = Of(ranks),
            PearsonHeads = Finite(heads.Value),
            PearsonHeadsInterval = Of(heads),
            SpearmanHeads = Finite(headRanks.Value),
            SpearmanHeadsInterval = Of(headRanks),
            SpearmanStability = Finite(stability.Value),
            SpearmanStabilityInterval = Of(stability),
        };
    }

    private static MeanInterval? Mean(IEnumerable<double?> values)
    {
        double[] known = [.. values.OfType<double>()];
        return known.Length == 0 ? null : MeanInterval.Of(known);
    }

    private static ReportInterval? Of(CorrelationInterval correlation) => double.IsFinite(correlation.Value) ? new(correlation.Interval.Low, correlation.Interval.High) : null;

    private static ReportInterval? Of(MeanInterval? mean) => mean is { } known && double.IsFinite(known.Low) && double.IsFinite(known.High) ? new(known.Low, known.High) : null;

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
