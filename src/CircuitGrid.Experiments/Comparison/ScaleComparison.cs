using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>A model as the scale comparison sees it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Its number of parameters.</param>
/// <param name="Heads">Its number of attention heads, of all layers together.</param>
public sealed record ScaleModel(string Name, long Parameters, int Heads);

/// <summary>The mean size of a model's circuits for a task.</summary>
/// <param name="Model">The model.</param>
/// <param name="MeanEdges">Mean over its checkpoints of the circuit's edges.</param>
/// <param name="MeanNodes">Mean over its checkpoints of the circuit's nodes.</param>
/// <param name="Checkpoints">How many checkpoints the means are of.</param>
public sealed record ScalePoint(ScaleModel Model, double MeanEdges, double MeanNodes, int Checkpoints);

/// <summary>
/// Circuit size against model size for one task (method, §8.3), over the included checkpoints. Sums are of whole numbers and correlations
/// sort first, so that no order of arrival changes a bit. Not safe for several threads.
/// </summary>
public sealed class ScaleComparison(ComparisonOptions options)
{
    private readonly SortedDictionary<string, ScalePoint> points = new(StringComparer.Ordinal);

    /// <summary>Models that have an included checkpoint, by parameters, then name.</summary>
    public IReadOnlyList<ScalePoint> Points =>
        [.. points.Values.Where(p => p.Checkpoints > 0).OrderBy(p => p.Model.Parameters).ThenBy(p => p.Model.Name, StringComparer.Ordinal)];

    /// <summary>Pearson's r of mean nodes against parameters; NaN below two models.</summary>
    public double PearsonParameters => Correlate(Correlation.Pearson, p => p.Model.Parameters);

    /// <summary>Spearman's ρ of mean nodes against parameters; NaN below two models.</summary>
    public double SpearmanParameters => Correlate(Correlation.Spearman, p => p.Model.Parameters);

    /// <summary>Pearson's r of mean nodes against heads; NaN below two models.</summary>
    public double PearsonHeads => Correlate(Correlation.Pearson, p => p.Model.Heads);

    /// <summary>
    /// Pearson's r and Spearman's ρ of mean nodes against parameters and heads, each with the interval that resampling the models gives.
    /// </summary>
    public (CorrelationInterval PearsonParameters, CorrelationInterval SpearmanParameters, CorrelationInterval PearsonHeads, CorrelationInterval SpearmanHeads) Intervals(
        BootstrapOptions? bootstrap = null)
    {
        var sized = Points;
        double[] nodes = [.. sized.Select(p => p.MeanNodes)], parameters = [.. sized.Select(p => (double)p.Model.Parameters)], heads = [.. sized.Select(p => (double)p.Model.Heads)];
        return (
            CorrelationInterval.Pearson(parameters, nodes, bootstrap),
            CorrelationInterval.Spearman(parameters, nodes, bootstrap),
            CorrelationInterval.Pearson(heads, nodes, bootstrap),
            CorrelationInterval.Spearman(heads, nodes, bootstrap));
    }

    private delegate double Statistic(ReadOnlySpan<double> x, ReadOnlySpan<double> y);

    /// <summary>Takes in a model's trajectory as it now is.</summary>
    public void Update(ScaleModel model, Trajectory trajectory)
    {
        long edges = 0, nodes = 0;
        var count = 0;
        foreach (var point in trajectory.Points)
        {
            if (point.Step >= options.MinimumStep && trajectory.IsIncluded(point))
            {
                edges += point.Edges.Count;
                nodes += point.Nodes.Count;
                count++;
            }
        }

        Update(new ScalePoint(model, (double)edges / count, (double)nodes / count, count));
    }

    /// <summary>Takes in a model's point as it now is.</summary>
    public void Update(ScalePoint point) => points[point.Model.Name] = point;

    private double Correlate(Statistic statistic, Func<ScalePoint, double> size)
    {
        var sized = Points;
        return statistic([.. sized.Select(size)], [.. sized.Select(p => p.MeanNodes)]);
    }
}
