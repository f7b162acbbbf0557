using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Benchmarks.Estimators;

/// <summary>How near estimated edge scores come to the effect of ablating every edge by itself.</summary>
/// <param name="Pearson">Pearson's r over all edges.</param>
/// <param name="Spearman">Spearman's ρ over all edges.</param>
/// <param name="QueryKeyPearson">Pearson's r over the edges into queries and keys.</param>
/// <param name="LargestJaccard">Jaccard similarity of the 5 % of largest absolute score.</param>
internal sealed record EstimatorAgreement(double Pearson, double Spearman, double QueryKeyPearson, double LargestJaccard)
{
    private const double LargestShare = 0.05;

    /// <param name="graph">The graph.</param>
    /// <param name="truth">Every edge's effect, [edges].</param>
    /// <param name="scores">Its estimates, [edges].</param>
    public static EstimatorAgreement Of(CircuitGraph graph, IReadOnlyList<double> truth, IReadOnlyList<double> scores)
    {
        int[] attention = [.. Enumerable.Range(0, graph.Edges).Where(e => graph.KindOfSlot(graph.EdgeSlots[e]) is SlotKind.Query or SlotKind.Key)];
        var (largest, estimated) = (Largest(truth), Largest(scores));
        return new(
            Correlation.Pearson([.. truth], [.. scores]),
            Correlation.Spearman([.. truth], [.. scores]),
            Correlation.Pearson([.. attention.Select(e => truth[e])], [.. attention.Select(e => scores[e])]),
            new Overlap(largest.Intersect(estimated).Count(), largest.Length, estimated.Length).Jaccard);
    }

    /// <summary>Every figure's mean.</summary>
    public static EstimatorAgreement Mean(IReadOnlyCollection<EstimatorAgreement> agreements) => new(
        agreements.Average(a => a.Pearson), agreements.Average(a => a.Spearman), agreements.Average(a => a.QueryKeyPearson), agreements.Average(a => a.LargestJaccard));

    private static int[] Largest(IReadOnlyList<double> scores) =>
        [.. Enumerable.Range(0, scores.Count).OrderByDescending(e => Math.Abs(scores[e])).Take((int)Math.Ceiling(LargestShare * scores.Count))];
}
