using System.Collections.Immutable;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>How the circuits of two cells of one graph compare.</summary>
public sealed record CellComparison
{
    /// <summary>Ranks that carry most of the weight of <see cref="RankBiased"/> are the first 1/(1 − p).</summary>
    private const double Persistence = 0.98;

    /// <summary>Whether they differ.</summary>
    public required DifferenceVerdict Verdict { get; init; }

    /// <summary>Jaccard similarity of the two circuits' edges.</summary>
    public required double Jaccard { get; init; }

    /// <summary>Whether their sizes differ.</summary>
    public required SizeVerdict SizeVerdict { get; init; }

    /// <summary>What the verdict holds over: other templates of the task, or other prompts of the same ones.</summary>
    public required SamplingRule Scope { get; init; }

    /// <summary>The comparison with the noise of each; <see langword="null"/> without two circuits, or with fewer than four sampling units.</summary>
    public required NoiseComparison? Noise { get; init; }

    /// <summary>Expected Jaccard similarity of two random sets of as many edges.</summary>
    public required double Chance { get; init; }

    /// <summary>Mean Jaccard similarity of random circuits that keep the number of edges of every source and slot.</summary>
    public required double DegreeChance { get; init; }

    /// <summary>(J − chance)/(1 − chance).</summary>
    public double Corrected => RandomOverlap.Correct(Jaccard, Chance);

    /// <summary>The same for random circuits that keep degrees.</summary>
    public double DegreeCorrected => RandomOverlap.Correct(Jaccard, DegreeChance);

    /// <summary>Spearman's ρ of all edges' scores.</summary>
    public required double Spearman { get; init; }

    /// <summary>Weighted Jaccard similarity of all edges' scores.</summary>
    public required double Weighted { get; init; }

    /// <summary>The same over the edges in the two circuits (<see cref="WeightedJaccard.InCircuits"/>).</summary>
    public required double WeightedInCircuits { get; init; }

    /// <summary>Rank-biased overlap of the two rankings of all edges, with p = 0.98.</summary>
    public required double RankBiased { get; init; }

    /// <summary>Jaccard similarity of the first k edges of both rankings, for the <see cref="OverlapSizes"/>.</summary>
    public required ImmutableArray<double> OverlapCurve { get; init; }

    /// <summary>1, 2, 5, 10, 20, 50 … up to all edges.</summary>
    public required ImmutableArray<int> OverlapSizes { get; init; }

    /// <summary>Edges of both circuits.</summary>
    public required ImmutableArray<int> Kept { get; init; }

    /// <summary>Edges of the second circuit alone.</summary>
    public required ImmutableArray<int> Gained { get; init; }

    /// <summary>Edges of the first circuit alone.</summary>
    public required ImmutableArray<int> Lost { get; init; }

    /// <summary>Faithfulness of each in the other's place; <see langword="null"/> where it wasn't evaluated.</summary>
    public CrossFaithfulness? Cross { get; init; }

    /// <summary>Compares two cells.</summary>
    /// <exception cref="ArgumentException">They are of different graphs.</exception>
    public static CellComparison Of(CellEvidence first, CellEvidence second)
    {
        var (a, b) = (first.Result.Edges, second.Result.Edges);
        var overlap = a.OverlapWith(b);
        var noise = first.CompareNoise(second);
        var (order, otherOrder) = (Ranking(first), Ranking(second));
        ImmutableArray<int> sizes = [.. Sizes(first.Graph.Edges)];
        return new()
        {
            Verdict = CircuitDifference.Judge(first.HasCircuit && second.HasCircuit, noise),
            SizeVerdict = SizeDifference.Judge(first.SizeInterval, second.SizeInterval),
            Scope = ScopeOf(first, second),
            Jaccard = overlap.Jaccard,
            Noise = noise,
            Chance = RandomOverlap.ExpectedJaccard(a.Length, a.Count, b.Count),
            DegreeChance = RandomOverlap.MeanJaccard(first.RandomCircuits, second.RandomCircuits),
            Spearman = Correlation.Spearman(Doubles(first), Doubles(second)),
            Weighted = WeightedJaccard.Of(first.Result.Scores.AsSpan(), second.Result.Scores.AsSpan()),
            WeightedInCircuits = WeightedJaccard.InCircuits(first.Result.Scores.AsSpan(), a, second.Result.Scores.AsSpan(), b),
            RankBiased = RankedOverlap.RankBiased(order.AsSpan(), otherOrder.AsSpan(), a.Length, Persistence),
            OverlapCurve = RankedOverlap.JaccardCurve(order.AsSpan(), otherOrder.AsSpan(), a.Length, sizes),
            OverlapSizes = sizes,
            Kept = [.. a.Indices().Where(e => b[e])],
            Gained = [.. b.Indices().Where(e => !a[e])],
            Lost = [.. a.Indices().Where(e => !b[e])],
        };
    }

    /// <summary>What a verdict on two cells holds over: templates where both are sampled by them.</summary>
    public static SamplingRule ScopeOf(CellEvidence first, CellEvidence second) =>
        first.Analysis.Sampling == SamplingRule.Templates && second.Analysis.Sampling == SamplingRule.Templates ? SamplingRule.Templates : SamplingRule.Examples;

    private static ImmutableArray<int> Ranking(CellEvidence cell) =>
        EdgeRanking.Create(cell.Graph, cell.Result.Scores.AsSpan(), SelectionRule.TopN, cell.Analysis.Absolute).Order;

    private static double[] Doubles(CellEvidence cell) => [.. cell.Result.Scores.Select(s => (double)s)];

    private static IEnumerable<int> Sizes(int edges)
    {
        for (var scale = 1L; scale < edges; scale *= 10)
        {
            foreach (var size in (long[])[scale, 2 * scale, 5 * scale])
            {
                if (size < edges)
                {
                    yield return (int)size;
                }
            }
        }

        yield return edges;
    }
}
