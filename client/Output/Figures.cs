using System.Globalization;

namespace CircuitGrid.Client.Output;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    /// <summary>Four significant digits; <c>–</c> for what is no number.</summary>
    public static string Of(double value) => double.IsFinite(value) ? value.ToString("G4", CultureInfo.InvariantCulture) : "–";

    /// <summary>Four decimals, so that a column lines up; <c>–</c> for what is no number.</summary>
    public static string Fixed(double value) => double.IsFinite(value) ? value.ToString("F4", CultureInfo.InvariantCulture) : "–";

    public static string Percent(double share) => double.IsFinite(share) ? share.ToString("P1", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal) : "–";

    /// <summary>Training tokens: <c>640</c>, <c>65.54 k</c>, <c>2.048 M</c>; <c>–</c> for what is no number.</summary>
    public static string Tokens(double tokens) => tokens switch
    {
        double.NaN => Of(tokens),
        < 1e3 => Count((long)Math.Round(tokens)),
        < 1e6 => $"{Of(tokens / 1e3)} k",
        < 1e9 => $"{Of(tokens / 1e6)} M",
        _ => $"{Of(tokens / 1e9)} G",
    };

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>0.4 s</c>, <c>12 s</c>, <c>3 min 05 s</c>, <c>2 h 07 min</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 9.95 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s"),
        { TotalSeconds: < 59.5 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F0} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:00} min"),
    };
}
