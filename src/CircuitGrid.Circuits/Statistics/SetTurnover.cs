using System.Collections.Immutable;
using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>How a set, e.g. of heads with a role, changes from one checkpoint to the next.</summary>
/// <param name="Jaccard">Similarity of the two sets, 0 if both are empty.</param>
/// <param name="Entering">Members that the later one has and the earlier one hasn't.</param>
/// <param name="Leaving">Members that the earlier one has and the later one hasn't.</param>
/// <param name="EverSeen">Members of any set so far, the later one included.</param>
public readonly record struct SetTurnover(double Jaccard, int Entering, int Leaving, int EverSeen)
{
    /// <summary>The turnover between every two neighbours of a series of sets, one fewer than there are sets.</summary>
    public static ImmutableArray<SetTurnover> Of(IReadOnlyList<BitMask> sets)
    {
        var turnover = ImmutableArray.CreateBuilder<SetTurnover>(Math.Max(0, sets.Count - 1));
        var seen = new HashSet<int>(sets.Count > 0 ? sets[0].Indices() : []);
        for (var i = 1; i < sets.Count; i++)
        {
            seen.UnionWith(sets[i].Indices());
            var overlap = sets[i - 1].OverlapWith(sets[i]);
            turnover.Add(new(overlap.Jaccard, overlap.Second - overlap.Intersection, overlap.First - overlap.Intersection, seen.Count));
        }

        return turnover.MoveToImmutable();
    }
}
