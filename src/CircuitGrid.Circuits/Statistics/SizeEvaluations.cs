using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>The circuits of one ranking as they were evaluated, by blocks of examples: enough to say how faithful each is on any resample of the blocks.</summary>
public sealed class SizeEvaluations
{
    private readonly ImmutableArray<double> circuits;
    private readonly ImmutableArray<double> model;
    private readonly ImmutableArray<int> counts;

    /// <param name="budgets">Budgets, ascending, [sizes].</param>
    /// <param name="circuits">Mean metric of every block's examples on the circuit of every budget, [sizes, blocks] row by row.</param>
    /// <param name="model">The same for the whole model, [blocks].</param>
    /// <param name="counts">Number of examples of every block, [blocks].</param>
    /// <exception cref="ArgumentException">The lengths don't fit, or there is no size.</exception>
    public SizeEvaluations(ImmutableArray<int> budgets, ImmutableArray<double> circuits, ImmutableArray<double> model, ImmutableArray<int> counts)
    {
        if (budgets.IsEmpty || circuits.Length != budgets.Length * counts.Length || model.Length != counts.Length)
        {
            throw new ArgumentException($"{budgets.Length} budgets on {counts.Length} blocks don't have {circuits.Length} metrics.", nameof(circuits));
        }

        Budgets = budgets;
        this.circuits = circuits;
        this.model = model;
        this.counts = counts;
    }

    /// <summary>Budgets, ascending, [sizes].</summary>
    public ImmutableArray<int> Budgets { get; }

    /// <summary>Number of blocks.</summary>
    public int Blocks => counts.Length;

    /// <summary>m(C)/m(M) of every size over the examples of weighted blocks, as a ratio of means, [sizes].</summary>
    /// <param name="weights">How often each block counts, [blocks].</param>
    public double[] Faithfulness(ReadOnlySpan<int> weights)
    {
        var whole = 0.0;
        for (var b = 0; b < Blocks; b++)
        {
            whole += (double)weights[b] * counts[b] * model[b];
        }

        var shares = new double[Budgets.Length];
        for (var s = 0; s < shares.Length; s++)
        {
            for (var b = 0; b < Blocks; b++)
            {
                shares[s] += (double)weights[b] * counts[b] * circuits[(s * Blocks) + b];
            }

            shares[s] /= whole;
        }

        return shares;
    }

    /// <summary>Where a non-decreasing fit, linear between budgets, reaches a threshold; ∞ where it doesn't.</summary>
    public double Crossing(ReadOnlySpan<double> fit, double threshold)
    {
        for (var s = 0; s < fit.Length; s++)
        {
            if (fit[s] >= threshold)
            {
                return s == 0 ? Budgets[0] : Budgets[s - 1] + ((Budgets[s] - Budgets[s - 1]) * (threshold - fit[s - 1]) / (fit[s] - fit[s - 1]));
            }
        }

        return double.PositiveInfinity;
    }

    /// <summary>The smallest whole budget that keeps a threshold on weighted blocks; the largest evaluated where none does.</summary>
    public int SmallestBudget(ReadOnlySpan<int> weights, double threshold) =>
        (int)Math.Ceiling(Math.Min(Budgets[^1], Crossing(IsotonicFit.NonDecreasing(Faithfulness(weights)), threshold)));
}
