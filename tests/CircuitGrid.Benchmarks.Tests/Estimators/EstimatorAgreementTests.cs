using CircuitGrid.Benchmarks.Estimators;
using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Benchmarks.Tests.Estimators;

public sealed class EstimatorAgreementTests
{
    /// <summary>Edges into the logits agree and are large; counted among those into queries and keys, they would hide that these don't.</summary>
    [Theory]
    [InlineData(2, 4, true)]
    [InlineData(3, 5, false)]
    [InlineData(4, 8, true)]
    public void QueryKeyPearson_IsOfTheEdgesSoNamedAlone(int layers, int heads, bool parallel)
    {
        var graph = new CircuitGraph(new GraphShape(layers, heads, parallel, 8));
        var random = new Random(3);
        var truth = Enumerable.Range(0, graph.Edges).Select(_ => random.NextDouble() - 0.5).ToArray();
        var scores = truth.Select(t => (-0.7 * t) + (0.2 * (random.NextDouble() - 0.5))).ToArray();
        List<(double Truth, double Score)> attention = [];
        for (var e = 0; e < graph.Edges; e++)
        {
            var name = GraphNames.Edge(graph, e);
            if (name.EndsWith("->logits", StringComparison.Ordinal))
            {
                (truth[e], scores[e]) = (100 * truth[e], 100 * truth[e]);
            }
            else if (name.EndsWith("<q>", StringComparison.Ordinal) || name.EndsWith("<k>", StringComparison.Ordinal))
            {
                attention.Add((truth[e], scores[e]));
            }
        }

        var agreement = EstimatorAgreement.Of(graph, truth, scores);
        Assert.Equal(Pearson(attention), agreement.QueryKeyPearson, 1e-12);
        Assert.InRange(agreement.QueryKeyPearson, -1, -0.9);
        Assert.Equal(Pearson([.. truth.Zip(scores)]), agreement.Pearson, 1e-12);
        Assert.InRange(agreement.Pearson, 0.9, 1);
    }

    [Fact]
    public void LargestJaccard_IsOfTheFivePercentOfLargestSize()
    {
        // of 69 edges four are the largest; two of the truth's are found
        var graph = new CircuitGraph(new GraphShape(2, 3, Parallel: true, 8));
        var truth = new double[graph.Edges];
        var scores = new double[graph.Edges];
        (truth[3], truth[10], truth[20], truth[30]) = (5, -4, 3, -2);
        (scores[3], scores[10], scores[40], scores[50]) = (1, 4, -3, 2);
        Assert.Equal(69, graph.Edges);
        Assert.Equal(2.0 / 6, EstimatorAgreement.Of(graph, truth, scores).LargestJaccard, 1e-12);
    }

    [Fact]
    public void Mean_IsOfEveryFigureByItself() =>
        Assert.Equal(new(0.5, 0.25, -0.5, 0.75), EstimatorAgreement.Mean([new(0, 0.5, -1, 0.5), new(1, 0, 0, 1)]));

    private static double Pearson(IReadOnlyCollection<(double X, double Y)> pairs)
    {
        var (meanX, meanY) = (pairs.Average(p => p.X), pairs.Average(p => p.Y));
        return pairs.Sum(p => (p.X - meanX) * (p.Y - meanY))
            / Math.Sqrt(pairs.Sum(p => (p.X - meanX) * (p.X - meanX)) * pairs.Sum(p => (p.Y - meanY) * (p.Y - meanY)));
    }
}
