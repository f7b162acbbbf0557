using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// Faithfulness of the circuits of one ranking over their budget, and the smallest budget that keeps a share of it (n_80 for a share of 0.8), with an interval
/// (docs/method.md, size).
/// </summary>
/// <param name="Budgets">Budgets, ascending, [sizes].</param>
/// <param name="Faithfulness">Faithfulness at each, [sizes].</param>
/// <param name="Fit">Its isotonic fit, [sizes].</param>
/// <param name="Band">The 95 % interval at each, [sizes]: of the faithfulness where two rankings were evaluated, otherwise of the fit.</param>
/// <param name="Crossings">Every budget at which the faithfulness comes to the threshold from below; none where it doesn't.</param>
/// <param name="SmallestBudget">The first of these; of a single ranking where the fit, linear between budgets, reaches the threshold. ∞ where there is none.</param>
/// <param name="SmallestBudgetInterval">Its 95 % interval; ∞ at an end says that the threshold isn't always reached.</param>
/// <param name="IncludesRanking">Whether the interval says how the size would differ for another ranking, and holds every crossing.</param>
public sealed record SizeCurve(
    ImmutableArray<int> Budgets,
    ImmutableArray<double> Faithfulness,
    ImmutableArray<double> Fit,
    ImmutableArray<Interval> Band,
    ImmutableArray<double> Crossings,
    double SmallestBudget,
    Interval SmallestBudgetInterval,
    bool IncludesRanking)
{
    /// <summary>Sizes up to this ratio are neighbours on the grid that cells are evaluated on.</summary>
    public const double Resolution = 1.5;

    /// <summary>Whether the interval is no wider than neighbouring sizes of the grid are apart.</summary>
    public bool IsDetermined => double.IsFinite(SmallestBudgetInterval.High) && SmallestBudgetInterval.High <= Resolution * SmallestBudgetInterval.Low;

    /// <summary>
    /// The curve over a grid of sizes. Its interval holds every crossing, of resampled examples and of both halves' circuits too; what crosses at a size of the grid may have
    /// done so at any size above the one before.
    /// </summary>
    /// <param name="sizes">What was evaluated, at least one size.</param>
    /// <param name="halves">The circuits of both halves; without them there is no interval.</param>
    /// <param name="units">The blocks that count, by sampling unit, at least one unit.</param>
    /// <param name="threshold">Share to keep.</param>
    /// <param name="options">Number of resamples and seed.</param>
    public static SizeCurve Create(
        SizeEvaluations sizes, HalfRankings? halves, ImmutableArray<ImmutableArray<int>> units, double threshold, BootstrapOptions? options = null)
    {
        options ??= new();
        var faithfulness = sizes.Faithfulness(Ones(sizes, units));
        var resampled = Resample(sizes, units, options);
        double[][] halved = halves is null ? [] : [.. halves.Curves()];
        var crossings = sizes.Crossings(faithfulness, threshold);
        var every = resampled.Select(curve => sizes.Crossings(curve, threshold)).ToArray();
        return new(
            sizes.Budgets,
            [.. faithfulness],
            [.. IsotonicFit.NonDecreasing(faithfulness)],
            [.. Enumerable.Range(0, faithfulness.Length).Select(s => Hull(Interval.OfReplicates(resampled.Select(curve => curve[s]), units.Length), halved.Select(curve => curve[s]).Append(faithfulness[s])))],
            crossings,
            First(crossings),
            halves is null
                ? new(double.NaN, double.NaN)
                : sizes.OnGrid(Hull(
                    new(
                        Interval.OfReplicates(every.Select(First), units.Length).Low,
                        Interval.OfReplicates(every.Select(Last), units.Length).High),
                    halved.Select(curve => sizes.Crossings(curve, threshold)).Append(crossings).SelectMany(c => new[] { First(c), Last(c) }))),
            IncludesRanking: halves is not null);
    }

    /// <summary>The curve of a single ranking, which stays as it was found: the interval says how well the examples fix the size for it.</summary>
    /// <inheritdoc cref="Create(SizeEvaluations, HalfRankings, ImmutableArray{ImmutableArray{int}}, double, BootstrapOptions?)"/>
    public static SizeCurve Create(SizeEvaluations sizes, ImmutableArray<ImmutableArray<int>> units, double threshold, BootstrapOptions? options = null)
    {
        options ??= new();
        var faithfulness = sizes.Faithfulness(Ones(sizes, units));
        var fit = IsotonicFit.NonDecreasing(faithfulness);
        var fits = Resample(sizes, units, options).Select(curve => IsotonicFit.NonDecreasing(curve)).ToArray();
        return new(
            sizes.Budgets,
            [.. faithfulness],
            [.. fit],
            [.. Enumerable.Range(0, fit.Length).Select(s => Interval.OfReplicates(fits.Select(f => f[s]), units.Length))],
            sizes.Crossings(faithfulness, threshold),
            sizes.Crossing(fit, threshold),
            Interval.OfReplicates(fits.Select(f => sizes.Crossing(f, threshold)), units.Length),
            IncludesRanking: false);
    }

    private static double First(ImmutableArray<double> crossings) => crossings.IsEmpty ? double.PositiveInfinity : crossings[0];

    private static double Last(ImmutableArray<double> crossings) => crossings.IsEmpty ? double.PositiveInfinity : crossings[^1];

    private static double[][] Resample(SizeEvaluations sizes, ImmutableArray<ImmutableArray<int>> units, BootstrapOptions options) =>
        [.. Enumerable.Range(0, options.Resamples).Select(r => sizes.Faithfulness(BlockResamples.Weights(sizes.Blocks, units, r, options.Seed)))];

    private static int[] Ones(SizeEvaluations sizes, ImmutableArray<ImmutableArray<int>> units)
    {
        var ones = new int[sizes.Blocks];
        foreach (var block in units.SelectMany(unit => unit))
        {
            ones[block] = 1;
        }

        return ones;
    }

    private static Interval Hull(Interval interval, IEnumerable<double> values) =>
        values.Aggregate(interval, (hull, value) => double.IsNaN(value) ? hull : new(Math.Min(hull.Low, value), Math.Max(hull.High, value)));
}
