using CircuitGrid.Compute.Devices;

namespace CircuitGrid.Circuits.Published;

/// <summary>How far from a published number a right one may be.</summary>
public sealed record PublishedTolerance
{
    /// <summary>Decimals that the number was printed with; <see langword="null"/> where all of its digits were.</summary>
    public int? Decimals { get; init; }

    /// <summary>What the source itself allows: absolute + relative · |expected|.</summary>
    public double Absolute { get; init; }

    /// <inheritdoc cref="Absolute"/>
    public double Relative { get; init; }

    /// <summary>How far a model's half precision moves the number, beside the rounding of the number itself; only of numbers published in it.</summary>
    public double? Accumulated { get; init; }

    /// <summary>Where these figures are from.</summary>
    public required string Origin { get; init; }

    /// <summary>
    /// The largest difference that is within: half a unit of the last printed place, what the source allows, and the larger of what the precision that the number was published in and
    /// that which it is computed in move it by. Float32 moves it by a fixed allowance for the order of sums; half precision by a unit in the last place of the number and what accumulates.
    /// </summary>
    /// <param name="expected">The number.</param>
    /// <param name="published">The precision it was published in.</param>
    /// <param name="computed">The precision it is computed in.</param>
    /// <param name="allowance">What numbers of its kind are allowed.</param>
    public double Allowed(double expected, WeightPrecision published, WeightPrecision computed, PrecisionAllowance allowance)
    {
        var rounding = Decimals is { } decimals ? 0.5 * Math.Pow(10, -decimals) : 0;
        var moved = Math.Max(
            Moved(expected, published, allowance.Float32, Accumulated ?? allowance.Half),
            Moved(expected, computed, allowance.Float32, allowance.Half));
        return rounding + Absolute + (Relative * Math.Abs(expected)) + moved;
    }

    private static double Moved(double expected, WeightPrecision precision, double single, double half) => precision switch
    {
        WeightPrecision.Float32 => single,
        WeightPrecision.BFloat16 => half + UnitInLastPlace(expected, significantBits: 8),
        _ => half + UnitInLastPlace(expected, significantBits: 11),
    };

    private static double UnitInLastPlace(double value, int significantBits) => value == 0 ? 0 : Math.ScaleB(1, Math.ILogB(value) - significantBits + 1);
}

/// <summary>By how much the order of sums, and precision, move a kind of number.</summary>
/// <param name="Float32">Between two right programs in float32.</param>
/// <param name="Half">Between half precision, whose products alone are rounded, and float32.</param>
public readonly record struct PrecisionAllowance(double Float32, double Half)
{
    /// <summary>Mean losses in nats: roundings of logits cancel in them.</summary>
    public static PrecisionAllowance Losses => new(1e-4, 0.05);

    /// <summary>Logits and their differences.</summary>
    public static PrecisionAllowance Logits => new(1e-3, 0.1);

    /// <summary>Means of a position's logits over the vocabulary.</summary>
    public static PrecisionAllowance Means => new(1e-3, 0.05);

    /// <summary>Probabilities.</summary>
    public static PrecisionAllowance Probabilities => new(1e-4, 0.01);
}
