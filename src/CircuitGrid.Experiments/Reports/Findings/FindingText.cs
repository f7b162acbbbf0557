using System.Globalization;

namespace CircuitGrid.Experiments.Reports.Findings;

/// <summary>Numbers and lists as sentences have them.</summary>
internal static class FindingText
{
    /// <summary><c>a, b and c</c>.</summary>
    public static string List(IReadOnlyList<string> items) => items.Count switch
    {
        0 => "none",
        1 => items[0],
        _ => $"{string.Join(", ", items.Take(items.Count - 1))} and {items[^1]}",
    };

    /// <summary><c>1 task</c>, <c>4 tasks</c>.</summary>
    public static string Plural(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    /// <summary><c>1 is</c>, <c>4 are</c>.</summary>
    public static string Number(int count, string singular, string plural) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? singular : plural)}");

    /// <summary>A share: <c>7.5 %</c>, <c>79.5 %</c>.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{Round(100 * share)} %");

    /// <summary><c>0.5 to 11 %</c>; one value where both are written alike.</summary>
    public static string Percents(IReadOnlyCollection<double> shares)
    {
        var (low, high) = (Round(100 * shares.Min()), Round(100 * shares.Max()));
        return string.Equals(low, high, StringComparison.Ordinal) ? $"{low} %" : $"{low} to {high} %";
    }

    /// <summary>Two significant digits, one decimal from 10 on, none from 100 on.</summary>
    public static string Number(double value) => Round(value);

    /// <summary>Tokens: <c>524 k</c>, <c>1.54 M</c>, <c>300 B</c>.</summary>
    public static string Tokens(double tokens)
    {
        var (scaled, unit) = tokens switch
        {
            >= 1e9 => (tokens / 1e9, " B"),
            >= 1e6 => (tokens / 1e6, " M"),
            >= 1e3 => (tokens / 1e3, " k"),
            _ => (tokens, ""),
        };
        return scaled.ToString(scaled >= 100 ? "F0" : "G3", CultureInfo.InvariantCulture) + unit;
    }

    /// <summary>With an upper-case letter in front.</summary>
    public static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Round(double value) => value.ToString(Math.Abs(value) >= 99.95 ? "F0" : Math.Abs(value) >= 9.95 ? "0.#" : "G2", CultureInfo.InvariantCulture);
}
