using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Cells;

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

/// <summary>All models of one number of parameters, which are replicates of one size: seeds, or orders of the data.</summary>
/// <param name="Parameters">Their number of parameters.</param>
/// <param name="Heads">Mean over models of the number of attention heads.</param>
/// <param name="Models">How many models.</param>
/// <param name="MeanEdges">Mean over models of <see cref="ScalePoint.MeanEdges"/>.</param>
/// <param name="MeanNodes">Mean over models of <see cref="ScalePoint.MeanNodes"/>, with Student's 95 % interval over models; without ends for a single one.</param>
public sealed record ScaleSize(long Parameters, double Heads, int Models, double MeanEdges, MeanInterval MeanNodes)
{
    /// <summary>The sizes of models, ascending.</summary>
    public static ImmutableArray<ScaleSize> Of(IEnumerable<ScalePoint> points) =>
    [
        .. points.GroupBy(p => p.Model.Parameters).OrderBy(g => g.Key).Select(g => new ScaleSize(
            g.Key, g.Average(p => p.Model.Heads), g.Count(), g.Average(p => p.MeanEdges), MeanInterval.Of([.. g.Select(p => p.MeanNodes)]))),
    ];
}

/// <summary>
/// Circuit size against model size for one task (method, §8.3), over the included checkpoints. Its units are sizes, not models. Sums are of whole numbers and
/// correlations sort first, so that no order of arrival changes a bit. Not safe for several threads.
/// </summary>
public sealed class ScaleComparison(ComparisonOptions options)
{
    private readonly SortedDictionary<string, ScalePoint> points = new(StringComparer.Ordinal);

    /// <summary>Models that have an included checkpoint, by parameters, then name.</summary>
    public IReadOnlyList<ScalePoint> Points =>
        [.. points.Values.Where(p => p.Checkpoints > 0).OrderBy(p => p.Model.Parameters).ThenBy(p => p.Model.Name, StringComparer.Ordinal)];

    /// <summary>The sizes of these models, ascending.</summary>
    public ImmutableArray<ScaleSize> Sizes => ScaleSize.Of(Points);

    /// <summary>Why there are no correlations; <see langword="null"/> where there are.</summary>
    public string? NoCorrelation => NoCorrelationOf(Sizes.Length);

    /// <summary>Pearson's r of mean nodes against parameters, over sizes; NaN below <see cref="CorrelationInterval.FewestPoints"/> of them.</summary>
    public double PearsonParameters => Correlate(Correlation.Pearson, s => s.Parameters);

    /// <summary>Spearman's ρ of mean nodes against parameters, likewise.</summary>
    public double SpearmanParameters => Correlate(Correlation.Spearman, s => s.Parameters);

    /// <summary>Pearson's r of mean nodes against heads, likewise.</summary>
    public double PearsonHeads => Correlate(Correlation.Pearson, s => s.Heads);

    /// <summary>Why so many sizes have no correlation; <see langword="null"/> where they have one.</summary>
    public static string? NoCorrelationOf(int sizes) => sizes >= CorrelationInterval.FewestPoints
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{sizes} model {(sizes == 1 ? "size" : "sizes")}; a correlation needs {CorrelationInterval.FewestPoints} or more");

    /// <summary>
    /// Pearson's r and Spearman's ρ of mean nodes against parameters and heads, each with its interval over sizes.
    /// </summary>
    public (CorrelationInterval PearsonParameters, CorrelationInterval SpearmanParameters, CorrelationInterval PearsonHeads, CorrelationInterval SpearmanHeads) Intervals(
        BootstrapOptions? bootstrap = null)
    {
        var sizes = Sizes;
        double[] nodes = [.. sizes.Select(s => s.MeanNodes.Mean)], parameters = [.. sizes.Select(s => (double)s.Parameters)], heads = [.. sizes.Select(s => s.Heads)];
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

    /// <summary>Leaves a model out: another one's training goes on from it, so that it isn't the end of one.</summary>
    public void Remove(string model) => points.Remove(model);

    private double Correlate(Statistic statistic, Func<ScaleSize, double> size)
    {
        var sizes = Sizes;
        return sizes.Length < CorrelationInterval.FewestPoints ? double.NaN : statistic([.. sizes.Select(size)], [.. sizes.Select(s => s.MeanNodes.Mean)]);
    }
}
