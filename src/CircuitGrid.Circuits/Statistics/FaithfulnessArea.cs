using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// MIB's two numbers for a way to rank edges (Mueller et al. 2025, arXiv 2504.13151): areas over the share of edges in the circuit, of the
/// normalised faithfulness and of its distance from 1, by trapezoids between the shares evaluated.
/// </summary>
/// <param name="PerformanceRatio">CPR, ∫ f: larger is better. Meant for selection by the signed score, which prefers edges that help.</param>
/// <param name="ModelDistance">CMD, ∫ |1 − f|: smaller is better. Meant for selection by |score|, which reproduces the model with its faults.</param>
/// <param name="Absolute">By which of the two the circuits were selected: the same ranking has other areas under the other.</param>
public readonly record struct FaithfulnessArea(double PerformanceRatio, double ModelDistance, bool Absolute)
{
    /// <summary>MIB's shares of all edges.</summary>
    public static ReadOnlySpan<double> Shares => [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

    /// <summary>Budgets of the <see cref="Shares"/> of a graph's edges.</summary>
    /// <param name="edges">Edges of the graph.</param>
    /// <param name="rounding">What becomes of part of an edge.</param>
    public static ImmutableArray<int> Budgets(int edges, BudgetRounding rounding)
    {
        var budgets = ImmutableArray.CreateBuilder<int>(Shares.Length);
        foreach (var share in Shares)
        {
            budgets.Add((int)(rounding == BudgetRounding.Floor ? Math.Floor(share * edges) : Math.Round(share * edges)));
        }

        return budgets.MoveToImmutable();
    }

    /// <param name="shares">Shares of the edges in the circuit, ascending, at least two.</param>
    /// <param name="faithfulness">(m(C) − m(∅))/(m(M) − m(∅)) at each.</param>
    /// <param name="absolute">Whether edges were selected by |score|.</param>
    /// <exception cref="ArgumentException">The lengths differ, or there are fewer than two.</exception>
    public static FaithfulnessArea Of(ReadOnlySpan<double> shares, ReadOnlySpan<double> faithfulness, bool absolute)
    {
        if (shares.Length != faithfulness.Length || shares.Length < 2)
        {
            throw new ArgumentException($"{shares.Length} shares and {faithfulness.Length} values don't make a curve.", nameof(faithfulness));
        }

        var (ratio, distance) = (0.0, 0.0);
        for (var i = 1; i < shares.Length; i++)
        {
            var width = shares[i] - shares[i - 1];
            ratio += width * (faithfulness[i - 1] + faithfulness[i]) / 2;
            distance += width * (Math.Abs(1 - faithfulness[i - 1]) + Math.Abs(1 - faithfulness[i])) / 2;
        }

        return new(ratio, distance, absolute);
    }
}
