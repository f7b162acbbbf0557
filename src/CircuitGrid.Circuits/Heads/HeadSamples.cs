using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Heads;

/// <summary>
/// What the scores of a role are ratios of, unit by unit of what they were measured on: a head's score is Σ numerators / Σ denominators over the units,
/// up to the rounding of sums. Resampling the units gives the scores other inputs might have given, without running the model again.
/// </summary>
public sealed class HeadSamples
{
    /// <summary>The most units that inputs are cut into where they are more.</summary>
    public const int MostUnits = 32;

    /// <param name="units">U, sampling units; the same inputs at every checkpoint of a model.</param>
    /// <param name="numerators">By head and unit, [L·H, U] row by row.</param>
    /// <param name="denominators">By unit, [U], where all heads have the same; otherwise by head and unit, [L·H, U].</param>
    /// <exception cref="ArgumentException">The lengths don't fit.</exception>
    public HeadSamples(int units, ImmutableArray<double> numerators, ImmutableArray<double> denominators)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        if (numerators.IsEmpty || numerators.Length % units != 0 || (denominators.Length != units && denominators.Length != numerators.Length))
        {
            throw new ArgumentException($"{numerators.Length} numerators and {denominators.Length} denominators aren't those of heads over {units} units.", nameof(numerators));
        }

        (Units, Numerators, Denominators) = (units, numerators, denominators);
    }

    /// <summary>U.</summary>
    public int Units { get; }

    /// <summary>L·H.</summary>
    public int Heads => Numerators.Length / Units;

    /// <summary>By head and unit, [L·H, U].</summary>
    public ImmutableArray<double> Numerators { get; }

    /// <summary>By unit, [U], or by head and unit, [L·H, U].</summary>
    public ImmutableArray<double> Denominators { get; }

    /// <summary>The samples with some units taken for one: their numerators and denominators are added, so that every score stays what it is.</summary>
    /// <param name="unitOf">For every unit the one it becomes part of, [U]; those are numbered from 0 on without a gap.</param>
    /// <exception cref="ArgumentException">There is no such number for every unit.</exception>
    public HeadSamples Merge(ReadOnlySpan<int> unitOf)
    {
        if (unitOf.Length != Units)
        {
            throw new ArgumentException($"{unitOf.Length} numbers don't say what {Units} units become.", nameof(unitOf));
        }

        var units = 0;
        foreach (var unit in unitOf)
        {
            units = Math.Max(units, unit + 1);
        }

        return new(units, Sums(Numerators, unitOf, units), Sums(Denominators, unitOf, units));
    }

    /// <summary>A head's score over some units; 0 where the denominators' sum isn't positive.</summary>
    /// <param name="head">By layer and head, 0…L·H − 1.</param>
    /// <param name="units">The units, each as often as it counts.</param>
    public double Ratio(int head, ReadOnlySpan<int> units)
    {
        var numerators = Numerators.AsSpan(head * Units, Units);
        var denominators = Denominators.Length == Units ? Denominators.AsSpan() : Denominators.AsSpan(head * Units, Units);
        var (above, below) = (0.0, 0.0);
        foreach (var unit in units)
        {
            above += numerators[unit];
            below += denominators[unit];
        }

        return below > 0 ? above / below : 0;
    }

    private static ImmutableArray<double> Sums(ImmutableArray<double> values, ReadOnlySpan<int> unitOf, int units)
    {
        var sums = new double[values.Length / unitOf.Length * units];
        for (var i = 0; i < values.Length; i++)
        {
            sums[(i / unitOf.Length * units) + unitOf[i % unitOf.Length]] += values[i];
        }

        return [.. sums];
    }
}
