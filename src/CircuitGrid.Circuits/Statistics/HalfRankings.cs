using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// The circuits that either half of the sampling units ranks, evaluated at the sizes of the whole ranking, each half's on its own blocks. A half differs from the whole by
/// as much as the whole does from all there could be (McCarthy 1969), in its ranking as in its examples.
/// </summary>
/// <param name="Sizes">What was evaluated.</param>
/// <param name="Weights">For each half, 1 for its blocks and 0 for others, [2][blocks].</param>
public sealed record HalfRankings(SizeEvaluations Sizes, ImmutableArray<ImmutableArray<int>> Weights)
{
    /// <summary>Faithfulness of the circuits of each half, [2][sizes].</summary>
    public IEnumerable<double[]> Curves() => Weights.Select(weights => Sizes.Faithfulness(weights.AsSpan()));
}
