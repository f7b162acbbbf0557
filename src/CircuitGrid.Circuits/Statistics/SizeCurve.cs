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
    /// <param name="sizes">What was evaluated, at least one size.</param>
    /// <param name="from">The blocks that count, at least one.</param>
    /// <param name="threshold">Share of the model's metric to keep.</param>
    /// <param name="options">Number of resamples and seed.</param>
    public static SizeCurve Create(SizeEvaluations sizes, ImmutableArray<int> from, double threshold, BootstrapOptions? options = null)
    {
        options ??= new();
        var ones = new int[sizes.Blocks];
        foreach (var block in from)
        {
            ones[block] = 1;
        }

        var faithfulness = sizes.Faithfulness(ones);
        var fit = IsotonicFit.NonDecreasing(faithfulness);
        var fits = new double[options.Resamples][];
        var smallest = new double[options.Resamples];
        for (var r = 0; r < options.Resamples; r++)
        {
            fits[r] = IsotonicFit.NonDecreasing(sizes.Faithfulness(BlockResamples.Weights(sizes.Blocks, from.AsSpan(), r, options.Seed)));
            smallest[r] = sizes.Crossing(fits[r], threshold);
        }

        return new(
            sizes.Budgets,
            [.. faithfulness],
            [.. fit],
            [.. Enumerable.Range(0, fit.Length).Select(s => Interval.OfReplicates(fits.Select(f => f[s]), from.Length))],
            sizes.Crossing(fit, threshold),
            Interval.OfReplicates(smallest, from.Length));
    }
}
