using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// Faithfulness of the circuits of one ranking over their budget, made monotone, and the smallest budget that keeps a share of the model's
/// metric (n_80 for a share of 0.8), with the interval that resampling the examples gives.
/// </summary>
/// <param name="Budgets">Budgets, ascending, [sizes].</param>
/// <param name="Faithfulness">m(C)/m(M) at each, [sizes].</param>
/// <param name="Fit">Its isotonic fit, [sizes].</param>
/// <param name="Band">The fit's 95 % interval at each, [sizes].</param>
/// <param name="SmallestBudget">Where the fit, linear between budgets, reaches the threshold; ∞ where it doesn't.</param>
/// <param name="SmallestBudgetInterval">Its 95 % interval; ∞ at an end says that resamples don't reach the threshold.</param>
/// <remarks>
/// The ranking stays as it was found: the interval says how well the examples fix the size for this ranking, not how the size would differ for another.
/// </remarks>
public sealed record SizeCurve(
    ImmutableArray<int> Budgets,
    ImmutableArray<double> Faithfulness,
    ImmutableArray<double> Fit,
    ImmutableArray<Interval> Band,
    double SmallestBudget,
    Interval SmallestBudgetInterval)
{
    /// <param name="budgets">Budgets, ascending, [sizes].</param>
    /// <param name="circuits">Mean metric of every block's examples on the circuit of every budget, [sizes, blocks] row by row.</param>
    /// <param name="model">The same for the whole model, [blocks].</param>
    /// <param name="counts">Number of examples of every block, [blocks].</param>
    /// <param name="from">The blocks that count, at least one.</param>
    /// <param name="threshold">Share of the model's metric to keep.</param>
    /// <param name="options">Number of resamples and seed.</param>
    /// <exception cref="ArgumentException">The lengths don't fit.</exception>
    public static SizeCurve Create(
        ImmutableArray<int> budgets,
        ReadOnlySpan<double> circuits,
        ReadOnlySpan<double> model,
        ImmutableArray<int> counts,
        ImmutableArray<int> from,
        double threshold,
        BootstrapOptions? options = null)
    {
        options ??= new();
        if (circuits.Length != budgets.Length * counts.Length || model.Length != counts.Length)
        {
            throw new ArgumentException($"{budgets.Length} budgets on {counts.Length} blocks don't have {circuits.Length} metrics.", nameof(circuits));
        }

        var ones = new int[counts.Length];
        foreach (var block in from)
        {
            ones[block] = 1;
        }

        var faithfulness = Shares(circuits, model, counts, ones);
        var fit = IsotonicFit.NonDecreasing(faithfulness);
        var fits = new double[options.Resamples][];
        var smallest = new double[options.Resamples];
        for (var r = 0; r < options.Resamples; r++)
        {
            var weights = BlockResamples.Weights(counts.Length, from.AsSpan(), r, options.Seed);
            fits[r] = IsotonicFit.NonDecreasing(Shares(circuits, model, counts, weights));
            smallest[r] = Crossing(budgets.AsSpan(), fits[r], threshold);
        }

        return new(
            budgets,
            [.. faithfulness],
            [.. fit],
            [.. Enumerable.Range(0, budgets.Length).Select(s => Interval.OfReplicates(fits.Select(f => f[s]), from.Length))],
            Crossing(budgets.AsSpan(), fit, threshold),
            Interval.OfReplicates(smallest, from.Length));
    }

    /// <summary>Ratio of the weighted means at every size.</summary>
    private static double[] Shares(ReadOnlySpan<double> circuits, ReadOnlySpan<double> model, ImmutableArray<int> counts, ReadOnlySpan<int> weights)
    {
        var whole = 0.0;
        for (var b = 0; b < counts.Length; b++)
        {
            whole += (double)weights[b] * counts[b] * model[b];
        }

        var shares = new double[circuits.Length / counts.Length];
        for (var s = 0; s < shares.Length; s++)
        {
            for (var b = 0; b < counts.Length; b++)
            {
                shares[s] += (double)weights[b] * counts[b] * circuits[(s * counts.Length) + b];
            }

            shares[s] /= whole;
        }

        return shares;
    }

    private static double Crossing(ReadOnlySpan<int> budgets, ReadOnlySpan<double> fit, double threshold)
    {
        for (var s = 0; s < fit.Length; s++)
        {
            if (fit[s] >= threshold)
            {
                return s == 0 ? budgets[0] : budgets[s - 1] + ((budgets[s] - budgets[s - 1]) * (threshold - fit[s - 1]) / (fit[s] - fit[s - 1]));
            }
        }

        return double.PositiveInfinity;
    }
}
