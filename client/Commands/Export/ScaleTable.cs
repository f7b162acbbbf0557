using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison;

namespace CircuitGrid.Client.Commands;

/// <summary>Four lines for every task: how mean circuit size goes with model size, over the sizes; and why that isn't said.</summary>
internal static class ScaleTable
{
    public const string Heading = "task,statistic,against,models,sizes,value,low,high,no_correlation";

    public static IEnumerable<string> Rows(string task, ScaleComparison scale)
    {
        var intervals = scale.Intervals();
        var (models, sizes) = (scale.Points.Count, scale.Sizes.Length);
        return
        [
            Row("pearson", "parameters", intervals.PearsonParameters),
            Row("spearman", "parameters", intervals.SpearmanParameters),
            Row("pearson", "heads", intervals.PearsonHeads),
            Row("spearman", "heads", intervals.SpearmanHeads),
        ];

        string Row(string statistic, string against, CorrelationInterval correlation) =>
            CsvRow.Of(task, statistic, against, models, sizes, correlation.Value, correlation.Interval.Low, correlation.Interval.High, scale.NoCorrelation);
    }
}
