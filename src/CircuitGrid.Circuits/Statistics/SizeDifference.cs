namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// The verdict on two sizes by their intervals. Two 95 % intervals apart are stronger evidence than 5 %; sizes are the same within the resolution of the grid they are
/// looked for on.
/// </summary>
public static class SizeDifference
{
    /// <param name="first">Interval of the first size; ∞ at an end where the threshold isn't always reached.</param>
    /// <param name="second">That of the second.</param>
    public static SizeVerdict Judge(Interval? first, Interval? second) => (first, second) switch
    {
        ({ Low: > 0 } a, { Low: > 0 } b) => a.High < b.Low || b.High < a.Low ? SizeVerdict.Different
            : double.IsFinite(a.High) && double.IsFinite(b.High) && Math.Max(a.High, b.High) <= SizeCurve.Resolution * Math.Min(a.Low, b.Low) ? SizeVerdict.Same
            : SizeVerdict.Undecided,
        _ => SizeVerdict.Unknown,
    };
}
