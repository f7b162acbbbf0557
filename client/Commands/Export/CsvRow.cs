using System.Globalization;

namespace CircuitGrid.Client.Commands;

/// <summary>
/// A line of comma-separated values (RFC 4180): numbers in full and with a point, nothing for what is no number. A text that a spreadsheet would
/// take for a formula has an apostrophe in front, by which spreadsheets know text.
/// </summary>
internal static class CsvRow
{
    /// <summary>Beginnings of what spreadsheets compute instead of showing; tabs and line ends because they skip those.</summary>
    private const string FormulaBeginnings = "=+-@\t\r\n";

    /// <summary>The line, without its end. What is a text to the program is one in the file; numbers have their signs.</summary>
    public static string Of(params ReadOnlySpan<object?> fields)
    {
        var texts = new string[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            texts[i] = fields[i] switch
            {
                double number when double.IsNaN(number) => "",
                double number when double.IsInfinity(number) => number > 0 ? "inf" : "-inf",
                bool flag => flag ? "true" : "false",
                string text => Quoted(AsText(text)),
                IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
                _ => "",
            };
        }

        return string.Join(',', texts);
    }

    private static string AsText(string text) => text.Length > 0 && FormulaBeginnings.Contains(text[0], StringComparison.Ordinal) ? $"'{text}" : text;

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
