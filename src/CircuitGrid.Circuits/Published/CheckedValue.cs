namespace CircuitGrid.Circuits.Published;

/// <summary>A published value beside the computed one.</summary>
/// <param name="Place">Which value of its entry it is; empty where there is one.</param>
/// <param name="Expected">The published value, as it was printed.</param>
/// <param name="Computed">The computed one.</param>
/// <param name="Verdict">What it comes to.</param>
public sealed record CheckedValue(string Place, string Expected, string Computed, CheckVerdict Verdict)
{
    /// <summary>Computed less expected; <see langword="null"/> for what is no number.</summary>
    public double? Difference { get; init; }

    /// <summary>The largest difference that is within; <see langword="null"/> for what is no number.</summary>
    public double? Allowed { get; init; }

    /// <summary>What else there is to say; empty for nothing.</summary>
    public string Remark { get; init; } = "";

    /// <summary>The difference in units of what is allowed: above 1 it is outside. That of no number is what its verdict says.</summary>
    public double Share => Difference is { } difference && Allowed is { } allowed
        ? double.IsFinite(difference) ? Math.Abs(difference) / allowed : double.PositiveInfinity
        : (double)Verdict;
}
