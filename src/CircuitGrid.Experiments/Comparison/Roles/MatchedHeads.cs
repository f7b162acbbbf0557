using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Experiments.Comparison.Roles;

/// <summary>Two heads of two models that are for the same things.</summary>
/// <param name="First">A head of the first model.</param>
/// <param name="Second">Its counterpart in the second.</param>
/// <param name="Distance">Euclidean distance of their scores, each role scaled by its highest score in either model.</param>
public sealed record MatchedHeads(HeadIndex First, HeadIndex Second, double Distance)
{
    /// <summary>
    /// Gives every head of the model with fewer heads one of the other, none twice, so that the distances sum to the least. Compared are the roles that
    /// both have scores in; a negative score counts as none.
    /// </summary>
    public static ImmutableArray<MatchedHeads> Of(HeadScores first, HeadScores second)
    {
        HeadRole[] roles = [.. first.Roles.Keys.Intersect(second.Roles.Keys)];
        if (roles.Length == 0)
        {
            return [];
        }

        var highest = roles.Select(r => Math.Max(Scores(first, r).Max(), Scores(second, r).Max())).ToArray();
        var (a, b) = (Vectors(first), Vectors(second));
        var swapped = a.Length > b.Length;
        var (few, many) = swapped ? (b, a) : (a, b);
        var columns = Assignment.Cheapest(few.Length, many.Length, (i, j) => Between(few[i], many[j]));
        var (firstHeads, secondHeads) = (first.Roles[roles[0]].Heads, second.Roles[roles[0]].Heads);
        return
        [
            .. columns.Select((column, row) => swapped ? (First: column, Second: row) : (First: row, Second: column))
                .OrderBy(p => p.First)
                .Select(p => new MatchedHeads(
                    new(p.First / firstHeads, p.First % firstHeads), new(p.Second / secondHeads, p.Second % secondHeads), Between(a[p.First], b[p.Second]))),
        ];

        double[][] Vectors(HeadScores scores)
        {
            var columns = roles.Select((r, i) => Scores(scores, r).Select(s => highest[i] > 0 ? s / highest[i] : 0).ToArray()).ToArray();
            return [.. Enumerable.Range(0, columns[0].Length).Select(h => columns.Select(c => c[h]).ToArray())];
        }
    }

    private static double[] Scores(HeadScores scores, HeadRole role) => [.. scores.Roles[role].Values.Select(s => Math.Max(0, RoleTrajectory.Shown(role, s)))];

    private static double Between(double[] a, double[] b) => Math.Sqrt(a.Zip(b).Sum(p => (p.First - p.Second) * (p.First - p.Second)));
}
