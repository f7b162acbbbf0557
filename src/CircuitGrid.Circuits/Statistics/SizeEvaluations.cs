using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>The circuits of one ranking as they were evaluated, by blocks of examples: enough to say how faithful each is on any resample of the blocks.</summary>
public sealed class SizeEvaluations
{
    private readonly ImmutableArray<double> circuits;
    private readonly ImmutableArray<double> model;
    private readonly ImmutableArray<double> ablated;
    private readonly ImmutableArray<int> counts;

    /// <param name="budgets">Budgets, ascending, [sizes].</param>
    /// <param name="circuits">Mean metric of every block's examples on the circuit of every budget, [sizes, blocks] row by row.</param>
    /// <param name="model">The same for the whole model, [blocks].</param>
    /// <param name="counts">Number of examples of every block, [blocks].</param>
    /// <param name="ablated">The same with everything ablated, [blocks], for normalised faithfulness; nothing for m(C)/m(M).</param>
    /// <exception cref="ArgumentException">The lengths don't fit, or there is no size.</exception>
    public SizeEvaluations(ImmutableArray<int> budgets, ImmutableArray<double> circuits, ImmutableArray<double> model, ImmutableArray<int> counts, ImmutableArray<double>? ablated = null)
    {
        if (budgets.IsEmpty || circuits.Length != budgets.Length * counts.Length || model.Length != counts.Length || ablated is { Length: var length } && length != counts.Length)
        {
            throw new ArgumentException($"{budgets.Length} budgets on {counts.Length} blocks don't have {circuits.Length} metrics.", nameof(circuits));
        }

        Budgets = budgets;
        this.circuits = circuits;
        this.model = model;
        this.ablated = ablated ?? [.. Enumerable.Repeat(0.0, counts.Length)];
        this.counts = counts;
    }

    /// <summary>Budgets, ascending, [sizes].</summary>
    public ImmutableArray<int> Budgets { get; }

    /// <summary>Number of blocks.</summary>
    public int Blocks => counts.Length;

    /// <summary>(m(C) − m(∅))/(m(M) − m(∅)) of every size over the examples of weighted blocks, as a ratio of means, [sizes]; m(C)/m(M) where m(∅) isn't given.</summary>
    /// <param name="weights">How often each block counts, [blocks].</param>
    public double[] Faithfulness(ReadOnlySpan<int> weights)
    {
        var whole = 0.0;
        for (var b = 0; b < Blocks; b++)
        {
            whole += (double)weights[b] * counts[b] * (model[b] - ablated[b]);
        }

        var shares = new double[Budgets.Length];
        for (var s = 0; s < shares.Length; s++)
        {
            for (var b = 0; b < Blocks; b++)
            {
                shares[s] += (double)weights[b] * counts[b] * (circuits[(s * Blocks) + b] - ablated[b]);
            }

            shares[s] /= whole;
        }

        return shares;
    }

    /// <summary>Every budget at which a curve comes to a threshold from below, the first one evaluated included; none where it never does.</summary>
    /// <param name="curve">Faithfulness of every size, [sizes].</param>
    /// <param name="threshold">The threshold.</param>
    public ImmutableArray<double> Crossings(ReadOnlySpan<double> curve, double threshold)
    {
        var crossings = ImmutableArray.CreateBuilder<double>();
        for (var s = 0; s < curve.Length; s++)
        {
            if (curve[s] >= threshold && (s == 0 || !(curve[s - 1] >= threshold)))
            {
                crossings.Add(Budgets[s]);
            }
        }

        return crossings.DrainToImmutable();
    }

    /// <summary>An interval of crossings as one of sizes: its ends moved outwards to budgets, and from the lower one to just above the budget before.</summary>
    public Interval OnGrid(Interval crossings)
    {
        var at = Budgets.LastOrDefault(budget => budget <= crossings.Low);
        return new(
            double.IsFinite(crossings.Low) ? Budgets.LastOrDefault(budget => budget < at) + 1 : crossings.Low,
            double.IsFinite(crossings.High) ? Budgets.First(budget => budget >= crossings.High) : crossings.High);
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
}
